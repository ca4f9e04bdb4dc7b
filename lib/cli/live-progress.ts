import {
  type DefaultRenderer,
  Listr,
  ListrLogger,
  type ListrTask,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from 'listr2';
import type { Moment } from './moments.ts';
import { type Known, type KnownRotations, type Progress, wordsOf } from './progress.ts';
import { ITEM_ENDS } from './state-words.ts';

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

/** A line on the screen that somebody else finishes. */
interface Row {
  readonly task: ListrTask<unknown, typeof DefaultRenderer>;
  say(title: string): void;
  output(text: string): void;
  finish(failure?: string): void;
}

function row(title: string, inner?: readonly Row[]): Row {
  const { promise, resolve, reject } = withResolvers();
  let shown: Wrapper | undefined;
  let current = title;
  const run = (wrapper: Wrapper) => {
    shown = wrapper;
    wrapper.title = current;
    if (inner === undefined || inner.length === 0) return promise;
    return wrapper.newListr(
      inner.map(({ task }) => task),
      { concurrent: true, exitOnError: false },
    );
  };
  return {
    task: { title, task: (_, wrapper) => run(wrapper), rendererOptions: { persistentOutput: true } },
    say: (text) => {
      current = text;
      if (shown !== undefined) shown.title = text;
    },
    output: (text) => {
      if (shown !== undefined) shown.output = text;
    },
    finish: (failure) => {
      for (const each of inner ?? []) each.finish(failure);
      if (failure === undefined) resolve();
      else reject(new Error(failure));
    },
  };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A stage that failed shows it on its own line; that nobody awaits this very promise is no fault.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

interface Stage {
  readonly row: Row;
  readonly consumers: ReadonlyMap<string, Row>;
  readonly shown: Promise<unknown>;
}

const FAN_OUTS = ['Propagate', 'Waves', 'RestoreConsumers'];

function openStage(moment: Moment, known: Known | undefined, stream: NodeJS.WriteStream): Stage {
  const names = FAN_OUTS.includes(moment.state) ? (known?.consumers ?? []) : [];
  const consumers = new Map(names.map((name) => [name, row(name)]));
  const main = row(wordsOf(moment, known), [...consumers.values()]);
  const logger = new ListrLogger({ useIcons: false, toStderr: [], processOutput: new ProcessOutput(stream, stream) });
  const list = new Listr<unknown, typeof DefaultRenderer>([main.task], {
    exitOnError: false,
    registerSignalListeners: false,
    rendererOptions: { collapseSubtasks: false, collapseErrors: false, logger },
  });
  return { row: main, consumers, shown: list.run() };
}

/** States that say that the one before them failed. */
const TURNS = ['Assess', 'Quarantine', 'Regenerate', 'Withdraw'];

/** One rotation at a time on a terminal: what is under way turns, what is done stays above it. */
export function liveProgress(stream: NodeJS.WriteStream, rotations: KnownRotations): Progress {
  let stage: Stage | undefined;
  let execution = '';
  let state = '';
  let trouble: string | undefined;
  const close = async (failure?: string) => {
    stage?.row.finish(failure);
    await stage?.shown;
    stage = undefined;
  };
  const show = async (moment: Moment) => {
    if (moment.kind === 'error' || ITEM_ENDS[moment.state] === false) trouble = moment.words;
    if (moment.consumer !== undefined) return showConsumer(stage, moment);
    if (moment.kind === 'error') return stage?.row.output(moment.words);
    if (moment.kind === 'entered' && moment.state === state) return;
    await close(TURNS.includes(moment.state) ? trouble : undefined);
    if (moment.execution !== execution)
      stream.write(`${rotations.get(moment.execution)?.secretId ?? moment.execution}\n`);
    execution = moment.execution;
    state = moment.state;
    trouble = undefined;
    if (moment.kind === 'entered') stage = openStage(moment, rotations.get(moment.execution), stream);
  };
  const note = (text: string) => (stage === undefined ? void stream.write(`${text}\n`) : stage.row.output(text));
  let queue: Promise<void> = Promise.resolve();
  const later = (work: () => unknown) => {
    queue = queue.then(async () => void (await work()));
  };
  return {
    moment: (moment) => later(() => show(moment)),
    note: (text) => later(() => note(text)),
    end: () => {
      later(() => close());
      return queue;
    },
  };
}

function showConsumer(stage: Stage | undefined, { state, kind, consumer = '', words }: Moment): void {
  const shown = stage?.consumers.get(consumer);
  const end = ITEM_ENDS[state];
  if (kind === 'error') shown?.output(words);
  else shown?.say(`${consumer}: ${words}`);
  if (end !== undefined) shown?.finish(end ? undefined : `${consumer}: ${words}`);
}
