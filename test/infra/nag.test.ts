import { type App, Stack, Validations } from 'aws-cdk-lib';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { nagPacks } from '../../lib/infra/nag.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { exampleText, synthesize } from './synthesis.ts';

/** The most exceptions that the project allows itself, counted by rule and pack. */
const LIMIT = 15;

interface Finding {
  readonly id: string;
  readonly path: string;
}

const findingsOf = (app: App): Finding[] =>
  nagPacks(app)
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({ id: ruleName, path: constructPath })),
    );

const reasons = z.record(z.string(), z.string());

const acknowledgementsOf = (app: App) =>
  app.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(reasons.parse(data)))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, path: construct.node.path, construct })),
  );

/** The same application with every acknowledgement left out. */
function unacknowledged(): App {
  const silence = vi.spyOn(Validations.prototype, 'acknowledge').mockReturnValue();
  const { app } = synthesize(exampleText, builtIn);
  silence.mockRestore();
  return app;
}

describe('cdk-nag', () => {
  const { app } = synthesize(exampleText, builtIn);
  const acknowledgements = acknowledgementsOf(app);
  const findings = findingsOf(unacknowledged());
  const covers = (one: Finding, { id, path }: Finding) => one.id === id && path.startsWith(`${one.path}/`);

  it('has nothing to say that was not acknowledged', () => {
    expect(findingsOf(app)).toEqual([]);
  });

  it(`is contradicted in ${LIMIT} rules at most`, () => {
    const rules = new Set(acknowledgements.map(({ id }) => id));
    expect([...rules].length).toBeGreaterThan(0);
    expect([...rules].length).toBeLessThanOrEqual(LIMIT);
  });

  it('is contradicted on a resource, with a reason', () => {
    const vague = acknowledgements.filter(
      ({ construct, reason }) => Stack.isStack(construct) || construct.node.scope === undefined || reason.length < 40,
    );
    expect(vague).toEqual([]);
  });

  it('is contradicted only where it has something to say', () => {
    const needless = acknowledgements.filter((one) => !findings.some((finding) => covers(one, finding)));
    expect(needless.map(({ id, path }) => ({ id, path }))).toEqual([]);
    expect(findings.filter((finding) => !acknowledgements.some((one) => covers(one, finding)))).toEqual([]);
  });
});
