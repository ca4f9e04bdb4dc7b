import { createHash } from 'node:crypto';
import { MachineRefused } from './errors.ts';
import type { StateType } from './history.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { type Finding, lint } from './lint/lint.ts';
import type { Branch, State } from './state.ts';
import { STATES } from './states/index.ts';

/** A state machine, compiled; any number of executions may share it. */
export interface Machine extends Branch {
  readonly name: string;
  /** Hash of name and definition. */
  readonly id: string;
  /** The definition's text, with substitutions. */
  readonly definition: string;
  readonly timeoutSeconds: number | undefined;
  /** Findings that do not stop it. */
  readonly warnings: readonly Finding[];
}

export interface MachineOptions {
  readonly name: string;
  /** Replaces `${Name}` in the text, like `definitionSubstitutions` of the CDK. */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** Compiles a definition; throws {@link MachineRefused} with every reason, each with its rule and place. */
export function compileMachine(definitionText: string, { name, substitutions }: MachineOptions): Machine {
  const definition = substitutions ? substitute(name, definitionText, substitutions) : definitionText;
  const json = parse(name, definition);
  const findings = lint(json);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || !isJsonObject(json)) throw new MachineRefused(name, errors);
  return machineOf(name, definition, json, findings);
}

/** Compiles a definition that was accepted when it was started: a rule made since strands no execution that is under way. */
export function recompileMachine(definition: string, name: string): Machine {
  const json = parse(name, definition);
  return machineOf(name, definition, isJsonObject(json) ? json : {}, []);
}

function machineOf(name: string, definition: string, json: JsonObject, warnings: readonly Finding[]): Machine {
  const timeout = json.TimeoutSeconds;
  return {
    ...compileBranch(json),
    name,
    id: createHash('sha256').update(`${name}\n${definition}`).digest('base64url'),
    definition,
    timeoutSeconds: typeof timeout === 'number' ? timeout : undefined,
    warnings,
  };
}

function substitute(machine: string, text: string, values: Readonly<Record<string, string>>): string {
  const missing = new Set<string>();
  const replaced = text.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) missing.add(name);
    // The placeholder stands inside a JSON string.
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });
  if (missing.size === 0) return replaced;
  const names = [...missing].join(', ');
  throw refused(machine, 'unresolved-placeholder', `no value for ${names}`, 'give each placeholder a substitution');
}

function parse(machine: string, text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(machine, 'invalid-json', `the definition is not JSON: ${reason}`, 'write a JSON object');
  }
}

function refused(machine: string, rule: string, message: string, remedy: string): MachineRefused {
  return new MachineRefused(machine, [{ rule, severity: 'error', path: '', message, remedy }]);
}

function compileBranch(branch: Json | undefined): Branch {
  const { StartAt, States } = isJsonObject(branch) ? branch : {};
  const states = Object.entries(isJsonObject(States) ? States : {});
  return {
    startAt: String(StartAt),
    states: new Map(states.map(([name, state]) => [name, compileState(name, isJsonObject(state) ? state : {})])),
  };
}

function compileState(name: string, definition: JsonObject): State {
  const type = definition.Type;
  if (!isStateType(type)) throw new Error(`the state ${name} has no known type`);
  return { name, type, run: STATES[type](definition, compileBranch) };
}

const isStateType = (type: Json | undefined): type is StateType =>
  typeof type === 'string' && Object.hasOwn(STATES, type);
