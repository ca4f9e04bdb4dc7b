import type { Engine } from '../asl/engine.ts';
import type { Execution } from '../asl/execution.ts';
import type { EventStore, ExecutionRecord } from './event-store.ts';

/**
 * Writes what happens in an engine to the event store, where other processes read it. The journal is what counts: after
 * a crash the store is brought up to it.
 */
export function keepEvents(engine: Engine, events: EventStore): (recovered: readonly Execution[]) => void {
  const keep = (execution: Execution) => events.recordExecution(rowOf(execution));
  const follow = (execution: Execution) => {
    keep(execution);
    void execution.done.then(keep);
  };
  engine.onEvent(({ execution, event }) => {
    if (event.type === 'ExecutionStarted') follow(execution);
    events.appendEvents(execution.name, [event]);
  });
  return (recovered) => {
    for (const execution of recovered) {
      follow(execution);
      events.appendEvents(execution.name, execution.history);
    }
  };
}

function rowOf(execution: Execution): ExecutionRecord {
  const { name, machine, status, startedAt, end, input, output } = execution;
  return {
    name,
    machine: machine.name,
    status,
    started: startedAt,
    input: JSON.stringify(input),
    ...(end !== undefined && { ended: end.at }),
    ...(output !== undefined && { output: JSON.stringify(output) }),
  };
}
