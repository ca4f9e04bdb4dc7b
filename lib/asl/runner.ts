import { type Data, dataFrom } from './data.ts';
import type { RecordedEvent } from './history.ts';
import type { Run } from './run.ts';
import type { Branch, Exit, State } from './state.ts';
import type { Thread } from './thread.ts';
import { Visit } from './visit.ts';

/** Runs the states of a branch one after another and answers with the output of the last. */
export async function runBranch(run: Run, branch: Branch, thread: Thread, input: Data): Promise<Data> {
  const entries = new Map<string, number>();
  let name: string | null = branch.startAt;
  let data = input;
  while (name !== null) {
    thread.cancellation.throwIfCancelled();
    const entry = (entries.get(name) ?? 0) + 1;
    entries.set(name, entry);
    const path = `${thread.path}/${name}#${entry}`;
    const finished = run.recorder.exitOf(path);
    if (finished) {
      ({ next: name, output: data } = exitAgain(thread, finished));
      continue;
    }
    const state = stateOf(branch, name);
    const visit = new Visit(run, thread, state, path, data);
    const stay = state.run(visit);
    // Many states are left at once: waiting for them all the same would take longer than the states themselves.
    const exit: Exit = stay instanceof Promise ? await stay : stay;
    visit.leave(exit);
    ({ next: name, output: data } = exit);
  }
  return data;
}

function stateOf(branch: Branch, name: string): State {
  const state = branch.states.get(name);
  if (!state) throw new Error(`no state is named ${name}`);
  return state;
}

/** Leaves a state as it was left before the crash. */
function exitAgain(thread: Thread, { id, details, next = null }: RecordedEvent): Exit {
  thread.previous = id;
  for (const [name, value] of Object.entries(details?.assignedVariables ?? {}))
    thread.scope.set(name, dataFrom(value).json);
  return { next, output: dataFrom(details?.output) };
}
