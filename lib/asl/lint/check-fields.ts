import type { RuleName } from './catalogue.ts';
import {
  DISTRIBUTED_MAP_FIELDS,
  isStateType,
  JSONPATH_CHOICE_FIELDS,
  JSONPATH_STATE_FIELDS,
  OBJECT_FIELDS,
  REQUIRED_FIELDS,
  STATE_FIELDS,
} from './fields.ts';
import type { Problem } from './finding.ts';
import { isObject, type JsonObject, objectsOf } from './json.ts';
import type { Machine, Scope, StateNode } from './machine.ts';

/** The rule that a field breaks by being there; any other field breaks `unknown-field`. */
type Refusals = ReadonlyMap<string, RuleName>;

const refusing = (rule: RuleName, fields: readonly string[]): (readonly [string, RuleName])[] =>
  fields.map((field) => [field, rule]);

const IN_STATE: Refusals = new Map([
  ...refusing('jsonpath', JSONPATH_STATE_FIELDS),
  ...refusing('distributed-map', DISTRIBUTED_MAP_FIELDS),
  ...refusing('timeout-placement', ['TimeoutSeconds', 'HeartbeatSeconds']),
  ...refusing('retry-catch-placement', ['Retry', 'Catch']),
  ...refusing('credentials', ['Credentials']),
  ...refusing('iterator', ['Iterator']),
]);
const IN_SCOPE: Refusals = new Map([
  ...refusing('query-language', ['QueryLanguage']),
  ...refusing('timeout-placement', ['TimeoutSeconds']),
]);
const IN_CHOICE: Refusals = new Map(refusing('jsonpath', JSONPATH_CHOICE_FIELDS));
const IN_CATCHER: Refusals = new Map(refusing('catch-result-path', ['ResultPath']));

const MESSAGES: Partial<Record<RuleName, string>> = {
  jsonpath: 'is a field of JSONPath',
  'distributed-map': 'is a field of the Distributed Map',
};

/** An object of the definition, and where. */
interface Place {
  readonly object: JsonObject;
  readonly path: string;
  /** Prefix of its fields, e.g. `Catch[0].` */
  readonly at: string;
}

const extraFields = ({ object, path, at }: Place, allowed: readonly string[], refusals: Refusals): Problem[] =>
  Object.keys(object)
    .filter((field) => !allowed.includes(field))
    .map((field) => {
      const rule = refusals.get(field) ?? 'unknown-field';
      return { rule, path, field: `${at}${field}`, message: `${field} ${MESSAGES[rule] ?? 'does not belong here'}` };
    });

const missingFields = ({ object, path, at }: Place, required: readonly string[]): Problem[] =>
  required
    .filter((field) => !(field in object))
    .map((field) => ({ rule: 'missing-field', path, field: `${at}${field}`, message: `${field} is missing` }));

const places = (node: StateNode, field: string): Place[] =>
  objectsOf(node.body[field]).map(([index, object]) => ({ object, path: node.path, at: `${field}[${index}].` }));

/** A rule of JSONPath misses its Condition for a reason that is told already. */
const choiceFields = (place: Place): Problem[] => {
  const extra = extraFields(place, OBJECT_FIELDS.choice, IN_CHOICE);
  const required = extra.some(({ rule }) => rule === 'jsonpath') ? ['Next'] : ['Condition', 'Next'];
  return [...extra, ...missingFields(place, required)];
};

function entryFields(node: StateNode): Problem[] {
  return [
    ...places(node, 'Choices').flatMap(choiceFields),
    ...places(node, 'Retry').flatMap((place) => [
      ...extraFields(place, OBJECT_FIELDS.retrier, new Map()),
      ...missingFields(place, ['ErrorEquals']),
    ]),
    ...places(node, 'Catch').flatMap((place) => [
      ...extraFields(place, OBJECT_FIELDS.catcher, IN_CATCHER),
      ...missingFields(place, ['ErrorEquals', 'Next']),
    ]),
  ];
}

function stateFields(node: StateNode): Problem[] {
  const { body: object, path, type } = node;
  const place = { object, path, at: '' };
  if (!('Type' in object)) return missingFields(place, ['Type']);
  if (!isStateType(type)) return [];
  if (!node.jsonata) return [];
  const required = REQUIRED_FIELDS[type].filter((field) => field !== 'ItemProcessor' || !('Iterator' in object));
  return [...extraFields(place, STATE_FIELDS[type], IN_STATE), ...missingFields(place, required), ...entryFields(node)];
}

const scopeFields = ({ body: object, path, kind }: Scope): Problem[] => [
  ...extraFields({ object, path, at: '' }, OBJECT_FIELDS[kind], IN_SCOPE),
  ...missingFields({ object, path, at: '' }, ['StartAt', 'States']),
];

function processorConfig({ body, path }: StateNode): Problem[] {
  const processor = body.ItemProcessor;
  const config = isObject(processor) ? processor.ProcessorConfig : undefined;
  if (!isObject(config)) return [];
  const at = { path, field: 'ItemProcessor.ProcessorConfig' };
  return Object.entries(config)
    .filter(([key, value]) => key !== 'Mode' || value !== 'INLINE')
    .map(([key, value]) => ({
      rule: key === 'Mode' || key === 'ExecutionType' ? 'distributed-map' : 'unknown-field',
      path,
      field: `${at.field}.${key}`,
      message: `${key} ${JSON.stringify(value)} is of the Distributed Map`,
    }));
}

/** Fields that are missing, unknown, or of a feature that is refused by name. */
export function checkFields({ scopes, states }: Machine): Problem[] {
  return [
    ...scopes.flatMap(scopeFields),
    ...states.flatMap((node) => [...stateFields(node), ...processorConfig(node)]),
  ];
}
