import { accept, acceptStart } from './accept.ts';
import { asChild } from './child.ts';
import type { Clock } from './clock.ts';
import type { Data } from './data.ts';
import type { Ids } from './environment.ts';
import { Cancelled, EngineError } from './errors.ts';
import { Execution } from './execution.ts';
import { Executions } from './executions.ts';
import { type HistoryEvent, toHistoryEvent } from './history.ts';
import type { Journal } from './journal.ts';
import type { Json } from './json.ts';
import type { Machine } from './machine.ts';
import { markToken, maskTokens } from './mask.ts';
import { randomIds, requestIds } from './random.ts';
import { type Announce, type Past, Recorder } from './recorder.ts';
import { endOf, readJournal } from './recovery.ts';
import type { Child, Host } from './run.ts';
import type { TaskHandler } from './tasks.ts';
import { Tokens } from './tokens.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly tasks: TaskHandler;
  readonly ids?: Ids;
  readonly region?: string;
  readonly account?: string;
  /** Finds the machine that `states:startExecution` names. */
  readonly machines?: (arn: string) => Machine | undefined;
  /** How long a closed execution stays readable and its name taken; 90 days, as on AWS. */
  readonly retentionMs?: number;
  /** Is told, once, when the journal cannot be written; every execution then rests as it was last written. */
  readonly onHalt?: (reason: unknown) => void;
}

export interface StartRequest {
  readonly machine: Machine;
  /** 1 to 80 characters; unique per machine. */
  readonly name: string;
  readonly input: Json;
}

/** Something that happened in an execution. */
export interface EngineEvent {
  readonly execution: Execution;
  /** The state's, e.g. `/Fan#1[3]/Put#1`; `''` for the execution itself. */
  readonly path: string;
  readonly event: HistoryEvent;
}

const DAY = 86_400_000;
const DEFAULTS = { region: 'us-east-1', account: '000000000000', retentionMs: 90 * DAY, ids: randomIds };

/** Runs state machines, and goes on with them after a crash. */
export class Engine {
  readonly #options: EngineOptions & typeof DEFAULTS;
  readonly #host: Host;
  readonly #tokens = new Tokens();
  readonly #executions: Executions;
  readonly #machines = new Set<string>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #halted = false;

  readonly #announce: Announce = (key, path, event) => {
    const execution = this.#listeners.size > 0 && this.#executions.get(key);
    if (!execution) return;
    const shown = { execution, path, event: maskTokens(toHistoryEvent(event)) };
    for (const listener of this.#listeners) listener(shown);
  };

  constructor(options: EngineOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { journal, retentionMs, clock, ids, tasks, region } = this.#options;
    this.#executions = new Executions(retentionMs, (key) => journal.forget(key));
    this.#host = {
      clock,
      tasks,
      region,
      ids: { ...ids, token: () => markToken(ids.token()) },
      tokens: this.#tokens,
      requestId: requestIds(ids),
      sync: () => this.#sync(),
      ended: (execution) => this.#executions.close(execution, clock.now()),
      startChild: (arn, name, input) => this.#startChild(arn, name, input),
      childOf: (arn) => this.#executions.byArn(arn),
    };
  }

  /**
   * Starts an execution. The same name and input while it runs give the same execution; anything else under a taken
   * name throws `ExecutionAlreadyExists`.
   */
  start({ machine, name, input }: StartRequest): Execution {
    const data = acceptStart(name, input);
    const key = keyOf(machine, name);
    const earlier = this.#executions.get(key);
    if (earlier?.status === 'RUNNING' && earlier.inputData.text === data.text) return earlier;
    if (earlier)
      throw new EngineError(
        'ExecutionAlreadyExists',
        `the name ${name} is taken by an execution with another input or that has ended`,
      );
    this.#writeStart(key, machine, name, data);
    const execution = this.#create(machine, name, data);
    execution.begin();
    return execution;
  }

  /** Ends an execution as ABORTED; resolves when that is durable. */
  async stop(name: string, { error, cause }: Failure = {}): Promise<void> {
    const execution = this.execution(name);
    if (!execution) throw new EngineError('ExecutionDoesNotExist', `no execution is named ${name}`);
    execution.stop(error, cause);
    await execution.done;
  }

  /** Answers a Task that waits for this token; resolves when the answer is durable. */
  async sendTaskSuccess(token: string, output: Json): Promise<void> {
    const data = accept(output, 'InvalidOutput');
    this.#tokens.get(token).succeed(data);
    await this.#sync();
  }

  /** Fails a Task that waits for this token; resolves when that is durable. */
  async sendTaskFailure(token: string, { error, cause }: Failure): Promise<void> {
    this.#tokens.get(token).fail(error, cause);
    await this.#sync();
  }

  /** Says that the work behind this token goes on: `HeartbeatSeconds` starts anew. */
  sendTaskHeartbeat(token: string): void {
    this.#tokens.get(token).heartbeat();
  }

  /** Takes up every execution in the journal, before the first start; answers with those that go on. */
  recover(): Execution[] {
    const open: Execution[] = [];
    for (const { machine, name, input, past } of readJournal(this.#options.journal)) {
      this.#machines.add(machine.id);
      const execution = this.#create(machine, name, input, past);
      const end = endOf(past);
      if (!end) open.push(execution);
      else execution.closeAs(end);
    }
    for (const execution of open) execution.begin();
    return open;
  }

  /** The execution with this name; names are unique per machine, and without one the latest is meant. */
  execution(name: string, machine?: string): Execution | undefined {
    return machine === undefined ? this.#executions.named(name) : this.#executions.get(`${machine}:${name}`);
  }

  list(): Execution[] {
    return this.#executions.list();
  }

  /** Tells of everything that happens from now on; the answer ends it. A listener must not throw. */
  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Leaves every execution where it is, and closes the journal. */
  async close(): Promise<void> {
    this.#rest();
    await this.#options.journal.close();
  }

  #create(machine: Machine, name: string, input: Data, past?: Past): Execution {
    const { clock, journal } = this.#options;
    const key = keyOf(machine, name);
    const execution = new Execution({
      key,
      name,
      machine,
      input,
      host: this.#host,
      arn: this.#arn('execution', key),
      machineArn: this.#arn('stateMachine', machine.name),
      roleArn: `arn:aws:iam::${this.#options.account}:role/${machine.name}`,
      recorder: new Recorder(key, { clock, journal, announce: this.#announce }, past),
    });
    this.#executions.add(execution);
    return execution;
  }

  #writeStart(key: string, machine: Machine, name: string, input: Data): void {
    if (this.#halted) throw new Error('the engine is closed, or its journal cannot be written');
    const { journal } = this.#options;
    const { id, definition } = machine;
    if (!this.#machines.has(id)) journal.append({ kind: 'machine', machine: id, name: machine.name, definition });
    this.#machines.add(id);
    journal.append({ kind: 'start', execution: key, machine: id, name, input: input.text });
  }

  #arn(kind: string, name: string): string {
    return `arn:aws:states:${this.#options.region}:${this.#options.account}:${kind}:${name}`;
  }

  #startChild(arn: string, name: string, input: Json): Child {
    const machine = this.#options.machines?.(arn);
    if (!machine) throw new EngineError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return asChild(this.start({ machine, name, input }));
  }

  #sync(): Promise<void> | undefined {
    const durable = this.#options.journal.sync()?.catch((reason: unknown) => this.#halt(reason));
    if (durable) this.#options.clock.busy(durable);
    return durable;
  }

  /** Nothing may go on that might not be found again. */
  #halt(reason: unknown): never {
    if (!this.#halted) this.#options.onHalt?.(reason);
    this.#rest();
    throw new Cancelled(`the journal cannot be written: ${reason instanceof Error ? reason.message : String(reason)}`);
  }

  #rest(): void {
    this.#halted = true;
    for (const execution of this.#executions.list()) execution.halt();
  }
}

interface Failure {
  readonly error?: string;
  readonly cause?: string;
}

const keyOf = (machine: Machine, name: string): string => `${machine.name}:${name}`;
