import type { Grant, GrantRequest } from '../../core/grants.ts';
import { AGAIN, FIRST, NEEDS, type Need, type Operation } from './needs.ts';
import { placesOf } from './places.ts';
import type { VaultSettings } from './settings.ts';

interface Family {
  readonly name: string;
  /** Who acts under it. */
  readonly actors: string;
  readonly operations: readonly Operation[];
  readonly also?: readonly Need[];
}

/** One policy for the steps that need the same: none sees or changes more than they do. */
const FAMILIES: readonly Family[] = [
  { name: 'look', actors: 'steps begin and finish: states, no value', operations: ['versions'] },
  { name: 'generate', actors: 'step generate', operations: ['read', 'stage', 'discard'] },
  { name: 'use', actors: 'steps install, propagate, verify and retire', operations: ['read'] },
  { name: 'store', actors: 'step store', operations: ['promote'] },
  { name: 'rollback', actors: 'step rollback', operations: ['read', 'versions', 'demote', 'discard'] },
  {
    name: 'put',
    actors: 'keyturn put and keyturn release, run by a person',
    operations: ['versions', 'stage', 'promote', 'discard'],
    also: [FIRST, AGAIN],
  },
];

/** What every token of Keyturn may do with itself. */
const SELF: readonly Rule[] = [
  ['auth/token/lookup-self', ['read']],
  ['auth/token/renew-self', ['update']],
  ['auth/token/revoke-self', ['update']],
  ['sys/capabilities-self', ['update']],
];

type Rule = readonly [path: string, capabilities: readonly string[]];

/** Refused even where another policy of the same token would allow it by a wider path. */
const denied = (mount: string): readonly Rule[] =>
  ['sys/*', 'auth/*', `${mount}/destroy/*`, `${mount}/delete/*`, `${mount}/undelete/*`].map((path) => [path, ['deny']]);

/** The policies for the secrets of one backend, by name. */
export function policiesOf({ mount, namespace }: VaultSettings, { backend, refs }: GrantRequest): readonly Grant[] {
  const paths = [...new Set(refs.map(({ path }) => path))].sort();
  return FAMILIES.map((family) => {
    const name = `keyturn-${backend}-${family.name}`;
    const rules = [...paths.flatMap((path) => rulesOf(mount, path, family)), ...SELF, ...denied(mount)];
    return {
      kind: 'policy',
      name,
      text: `# ${name}: ${family.actors}\n${rules.map(ruleText).join('')}`,
      command: `bao policy write ${inNamespace(namespace)}${name} -`,
    };
  });
}

export const inNamespace = (namespace: string | undefined): string =>
  namespace === undefined ? '' : `-namespace=${namespace} `;

function rulesOf(mount: string, path: string, { operations, also = [] }: Family): readonly Rule[] {
  const { live, folder, pending } = placesOf(path);
  const where = { live, folder: `${folder}/`, pending: pending('+') };
  const needs: readonly Need[] = [...operations.flatMap((operation): readonly Need[] => NEEDS[operation]), ...also];
  const rules = new Map<string, Set<string>>();
  for (const [part, place, capability] of needs) {
    const target = `${mount}/${part}/${where[place]}`;
    rules.set(target, (rules.get(target) ?? new Set()).add(capability));
  }
  return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([target, allowed]) => [target, [...allowed].sort()]);
}

const ruleText = ([path, capabilities]: Rule): string =>
  `path ${JSON.stringify(path)} {\n  capabilities = ${JSON.stringify(capabilities).replaceAll(',', ', ')}\n}\n`;
