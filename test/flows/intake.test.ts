import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../lib/asl/json.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { Secret } from '../../lib/core/secret.ts';
import type { StepDeps } from '../../lib/core/step.ts';
import { intake } from '../../lib/core/steps/intake.ts';
import { type Local, openLocal } from '../../lib/local/local.ts';
import { storeValue } from '../../lib/local/store-value.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { stage } from '../asl/play.ts';
import { readSource } from '../support/sources.ts';
import { useTempDir } from '../support/temp-dir.ts';

const SECRET = 'staging/database/orders';
const ADMIN = `${SECRET}-admin`;
const OTHER = 'staging/database/stock';
const DAY = 86_400_000;
const DUE = '2027-03-01T10:00:00Z';

const entry = (database: string) => `
    type: postgresql
    classification: MEDIUM
    owner: orders-team
    target: { host: db.internal, database: ${database}, admin: { secret: ${ADMIN} }, roles: [${database}_a, ${database}_b], owner: owner }
    consumers: { waived: { reason: nobody uses it in this test, owner: me, expires: "2999-01-01" } }`;

const CONFIG = `version: 1
organization: test
environments: { staging: {} }
people: { team-lead: [tom] }
backends: { store: { use: local } }
secrets:
  ${SECRET}:${entry('orders')}
  ${OTHER}:${entry('stock')}
  ${ADMIN}: { type: external, classification: HIGH, owner: dba-team }
`;

const admitted = z.object({ starts: z.array(z.object({ secretId: z.string(), ticket: z.string() })) });
const output = z.object({ rotations: z.array(z.object({ execution: z.string() })) });
const input = z.strictObject({ ticket: z.string() });

const folder = useTempDir();

describe('the front door', () => {
  let local: Local;
  beforeEach(async () => {
    writeFileSync(join(folder(), 'keyturn.yaml'), CONFIG);
    local = openLocal({
      configFile: join(folder(), 'keyturn.yaml'),
      dataDir: join(folder(), 'data'),
      catalog: builtIn,
    });
    for (const secretId of [SECRET, OTHER]) {
      const value = Secret.of({ username: 'orders', password: 'the-first-password' });
      await storeValue(local, { secretId, value, replace: false, claim: {} });
    }
  });
  afterEach(() => local.close());

  /** So many days from now. */
  const depsIn = (days: number): StepDeps => ({
    ...local.deps(),
    clock: { ...local.clock, now: () => Date.now() + days * DAY },
  });
  const ask = (asked: unknown, execution = 'arn:execution:1', days = 0) =>
    intake.run(depsIn(days), { asked, execution });
  const startsOf = (answer: unknown) => admitted.parse(answer).starts;
  const ticketOf = (answer: unknown): string => startsOf(answer)[0]?.ticket ?? '';

  it('writes down what a person asks for, under a ticket that follows from the execution', async () => {
    const first = await ask({ secretId: SECRET, reason: 'an engineer left' });
    expect(first).toMatchObject({ starts: [{ secretId: SECRET, type: 'postgresql' }], refused: [] });
    expect(await local.ledger.request(ticketOf(first))).toMatchObject({
      secretId: SECRET,
      cause: { kind: 'manual', id: ticketOf(first) },
      requester: 'console',
      requesterProof: 'service',
      reason: 'an engineer left',
    });
    expect(await ask({ secretId: SECRET, reason: 'an engineer left' })).toEqual(first);
    expect(ticketOf(await ask({ secretId: SECRET, reason: 'again' }, 'arn:execution:2'))).not.toBe(ticketOf(first));
  });

  it.each([
    ['nothing', {}],
    ['no reason', { secretId: SECRET }],
    ['an empty reason', { secretId: SECRET, reason: '' }],
    ['another key', { secretId: SECRET, reason: 'x', ticket: 't-1' }],
    ['a list', [{ secretId: SECRET, reason: 'x' }]],
    ['no moment', { due: 'now' }],
  ])('refuses %s, and says what it expects', async (_what, asked) => {
    await expect(ask(asked)).rejects.toMatchObject({
      name: 'InputInvalid',
      message: expect.stringContaining('asked'),
    });
  });

  it.each([
    ['staging/database/none', 'SecretUnknown'],
    [ADMIN, 'PolicyRefused'],
  ])('refuses %s with %s', async (secretId, name) => {
    await expect(ask({ secretId, reason: 'x' })).rejects.toMatchObject({ name });
  });

  it('admits for the schedule what is due, free and not held back', async () => {
    const at = async (days: number) =>
      startsOf(await ask({ due: DUE }, 'arn:execution:1', days)).map(({ secretId }) => secretId);
    expect(await at(0)).toEqual([]);
    expect(await at(300)).toEqual([SECRET, OTHER]);
    const fence = await local.ledger.acquireLocks([`secret:${OTHER}`], { rotationId: 'r-other', execution: 'e-1' });
    expect(await at(300)).toEqual([SECRET]);
    await local.ledger.releaseLocks('r-other', fence);
    expect(await at(300)).toEqual([SECRET, OTHER]);
  });

  it('makes one ticket of one moment of the schedule', async () => {
    const [first, again] = [await ask({ due: DUE }, 'e-1', 300), await ask({ due: DUE }, 'e-2', 300)];
    expect(again).toEqual(first);
    expect(await local.ledger.request(ticketOf(first))).toMatchObject({ cause: { kind: 'scheduled', id: DUE } });
    expect(ticketOf(await ask({ due: '2027-03-01T11:00:00Z' }, 'e-3', 300))).not.toBe(ticketOf(first));
  });

  describe('its machine', () => {
    const MACHINES = 'arn:aws:states:eu-west-1:111122223333:stateMachine:keyturn-staging-';
    const substitutions = { Partition: 'aws', intake: 'intake', Machines: MACHINES };
    const machine = () =>
      compileMachine(readSource('state-machines/intake.asl.json'), { name: 'intake', substitutions });
    const rotation = compileMachine(
      '{"QueryLanguage":"JSONata","StartAt":"Wait","States":{"Wait":{"Type":"Pass","End":true}}}',
      { name: 'postgresql' },
    );
    const play = async (asked: Json) => {
      const machines = (arn: string) => (arn === `${MACHINES}postgresql` ? rotation : undefined);
      const tasks = ({ payload }: { payload: unknown }) => intake.run(local.deps(), payload);
      const { play: run, engine } = stage(tasks, { machines });
      return { end: await run(machine(), asked), engine };
    };

    it('starts the machine of the type, with the ticket and nothing else', async () => {
      const { end, engine } = await play({ secretId: SECRET, reason: 'an engineer left' });
      expect(end.status, end.cause).toBe('SUCCEEDED');
      const [begun] = output.parse(end.output).rotations;
      const execution = engine.execution(begun?.execution.split(':').at(-1) ?? '');
      const { ticket } = input.parse(execution?.input);
      expect(await local.ledger.request(ticket)).toMatchObject({ secretId: SECRET, reason: 'an engineer left' });
    });

    it('ends at its first state where the input is refused', async () => {
      const { end } = await play({ secretId: SECRET });
      expect(end).toMatchObject({ status: 'FAILED', error: 'InputInvalid', cause: expect.stringContaining('reason') });
    });
  });
});
