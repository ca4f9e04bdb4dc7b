import { Engine } from '../../../lib/asl/engine.ts';
import type { Execution } from '../../../lib/asl/execution.ts';
import { isJsonObject, type Json } from '../../../lib/asl/json.ts';
import type { TaskHandler, TaskRequest } from '../../../lib/asl/tasks.ts';
import type { Callbacks } from '../../../lib/core/step.ts';
import { makeHandler } from '../../../lib/runtime/handler.ts';
import type { CrashJournal } from './crash-journal.ts';
import type { Site } from './site.ts';
import type { Call } from './world.ts';

/** One process with an engine. It can be killed at any instant; the next one goes on from what it left. */
export class Process {
  readonly engine: Engine;
  readonly recovered: readonly Execution[];
  readonly journal: CrashJournal;
  readonly #site: Site;
  readonly #underWay = new Set<() => void>();
  #killed = false;

  constructor(site: Site, journal: CrashJournal) {
    this.#site = site;
    this.journal = journal;
    const { world } = site;
    const clock = {
      now: () => world.clock.now(),
      schedule: (at: number, fn: () => void) => world.clock.schedule(at, fn),
      // A call that never answers must not hold the clock: it is told of each call below.
      busy: () => undefined,
    };
    this.engine = new Engine({ clock, journal, tasks: this.#tasks, ids: world.ids });
    this.engine.onEvent(({ execution, path, event }) => {
      site.trace.push(`${execution.name}${path} ${event.id} ${event.type} ${event.timestamp}`);
      world.settle();
      world.observe(undefined);
    });
    this.recovered = this.engine.recover();
  }

  get killed(): boolean {
    return this.#killed;
  }

  /** kill -9 */
  kill(): void {
    this.#killed = true;
    void this.engine.close();
    for (const end of this.#underWay) end();
  }

  /** The process that is started after it. */
  next(): Process {
    return new Process(this.#site, this.journal.afterCrash());
  }

  readonly #tasks: TaskHandler = (request) => {
    const { world } = this.#site;
    let end: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => {
      end = resolve;
    });
    world.clock.busy(busy);
    this.#underWay.add(end);
    const call = this.#callOf(request, end);
    return this.#serve(request, call).finally(end);
  };

  async #serve({ functionName, payload }: TaskRequest, call: Call): Promise<Json> {
    const { meddler } = this.#site.world;
    if (this.#site.exhausted) return call.hang();
    await meddler.beforeCall?.(call);
    const step = this.#site.steps.find(({ name }) => name === functionName);
    if (step === undefined) throw new Error(`no step is named ${functionName}`);
    const succeed: Callbacks['succeed'] = (token, output) => this.engine.sendTaskSuccess(token, { ...output });
    const result = await makeHandler(step, this.#site.services(call, { succeed }))(payload);
    if (call.abandoned()) return call.hang();
    this.#site.answers.push(call);
    await meddler.afterCall?.(call);
    return JSON.parse(JSON.stringify(result ?? null));
  }

  #callOf({ functionName, clientToken, payload, taskToken }: TaskRequest, end: () => void): Call {
    return this.#site.count({
      n: this.#site.calls.length + 1,
      step: functionName,
      key: clientToken,
      waits: taskToken !== undefined,
      payload,
      run: runOf(payload),
      abandoned: () => this.#killed,
      hang: () => {
        end();
        return new Promise<never>(() => undefined);
      },
    });
  }
}

function runOf(payload: Json): Call['run'] {
  const run = isJsonObject(payload) ? payload.run : undefined;
  if (run === undefined || !isJsonObject(run)) return undefined;
  return { rotationId: String(run.rotationId), secretId: String(run.secretId), fence: Number(run.fence) };
}
