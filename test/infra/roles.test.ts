import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../lib/core/backend-operations.ts';
import { isOfFlow } from '../../lib/core/step.ts';
import { steps as chain } from '../../lib/core/steps/index.ts';
import { arnOf, permissionCatalog, permissionConfig } from './permission-catalog.ts';
import { type Statement, statementsByOwner, synthesize } from './synthesis.ts';

/** Of the flow of the only type in use here, of the front door, and of fleets. */
const MACHINES = ['overlap', 'intake', 'fleet'] as const;
const steps = chain.filter((step) => MACHINES.some((machine) => isOfFlow(step, machine)));

const { template } = synthesize(permissionConfig, permissionCatalog);
const stacks: readonly Template[] = ['core', 'token'].map((name) => template(`keyturn-staging-${name}`));
const roles = new Map(stacks.flatMap((stack) => [...statementsByOwner(stack)]));
const all = [...roles].flatMap(([owner, statements]) => statements.map((statement) => ({ owner, ...statement })));

const ownersOf = (wanted: (statement: Statement) => boolean) =>
  all
    .filter(wanted)
    .map(({ owner }) => owner)
    .sort();
const ownersOfAction = (action: string) => ownersOf(({ Action }) => Action.includes(action));
const stepsThatOpen = (kind: string) =>
  steps.filter(({ opens }) => opens.some((opened) => opened === kind)).map(({ name }) => name);

it('every step that opens a backend has a row that says what it does there', () => {
  const without = chain.filter(({ name, opens }) => opens.includes('backend') && !(name in OPERATIONS));
  expect(without.map(({ name }) => name)).toEqual([]);
});

describe('the role of a function', () => {
  it.each([
    ['token', stepsThatOpen('secretType')],
    ['mint', stepsThatOpen('secretType')],
    ['unused-mint', []],
    ['vault', stepsThatOpen('backend')],
    ['push', ['propagate']],
    ['roll', ['restart']],
    ['look', ['verify']],
    ['page', ['notify']],
    ['other-vault', ['notify']],
    ['unused-vault', []],
  ])('has the permissions of plugin %s where its step opens it, and nowhere else', (plugin, owners) => {
    expect(ownersOf(({ Resource }) => Resource.includes(arnOf(plugin)))).toEqual([...owners].sort());
  });

  it('does with a value of a backend what its step does, and nothing else', () => {
    const doneTo = (place: string) =>
      Object.fromEntries(
        all.filter(({ Resource }) => Resource.includes(arnOf(place))).map(({ owner, Action }) => [owner, Action]),
      );
    const actions = (operations: readonly string[] = []) => operations.map((name) => `example:${name}`).sort();
    const own = stepsThatOpen('backend').map((step) => [step, actions(OPERATIONS[step])]);
    expect(doneTo('vault/api/gateway')).toEqual(Object.fromEntries(own));
    expect(doneTo('other-vault/external/pager')).toEqual({ notify: actions(['read']) });
  });

  it('is its own, without policies of AWS or inline ones', () => {
    expect([...roles.keys()].sort()).toEqual(
      [...steps.map(({ name }) => name), 'Rotation', 'Fleet', 'FrontDoor'].sort(),
    );
    for (const stack of stacks) {
      stack.resourceCountIs('AWS::IAM::Policy', 0);
      stack.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent(), Policies: Match.absent() });
    }
  });

  it('names every action, and every resource where the service knows any', () => {
    expect(all.filter(({ Action }) => Action.some((action) => action.includes('*')))).toEqual([]);
    const everywhere = all.filter(({ Resource }) => Resource.includes('*')).flatMap(({ Action }) => Action);
    expect(
      [...new Set(everywhere)].filter(
        (action) => !/^(xray:|logs:\w*(LogDeliver|LogGroups|ResourcePolic))/.test(action),
      ),
    ).toEqual([]);
    const wild = all.filter(({ Resource }) =>
      Resource.some((resource) => resource !== '*' && /\*/.test(JSON.stringify(resource))),
    );
    expect(wild).toEqual([]);
  });

  it.each([
    ['kms:GenerateMac', ['generate']],
    ['states:SendTaskSuccess', ['approval']],
    ['lambda:InvokeFunction', ['Fleet', 'FrontDoor', 'Rotation']],
    ['states:StartExecution', ['Fleet', 'FrontDoor']],
    ['kms:ScheduleKeyDeletion', []],
    ['kms:CreateGrant', []],
    ['kms:PutKeyPolicy', []],
    ['dynamodb:DeleteTable', []],
  ])('has %s where it is needed, and nowhere else', (action, owners) => {
    expect(ownersOfAction(action)).toEqual(owners);
  });

  it('encrypts task tokens in the approval step only, under their purpose', () => {
    const underPurpose = ownersOf(({ Condition }) =>
      JSON.stringify(Condition ?? {}).includes('EncryptionContext:purpose'),
    );
    expect(underPurpose).toEqual(['approval']);
  });

  it("answers this environment's machines only", () => {
    const [answers] = all.filter(({ Action }) => Action.includes('states:SendTaskSuccess'));
    expect(JSON.stringify(answers?.Resource)).toContain('stateMachine:keyturn-staging-token');
    expect(answers?.Resource).toHaveLength(1);
  });

  it('starts the machines of its own environment only, for the front door and for fleets', () => {
    const answered = all.find(({ Action }) => Action.includes('states:SendTaskSuccess'))?.Resource;
    const starts = all.filter(({ Action }) => Action.includes('states:StartExecution'));
    expect(starts.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual(
      [1, 2].map(() => ({ Action: ['states:StartExecution'], Resource: answered })),
    );
  });
});
