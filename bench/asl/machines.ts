/** A machine in JSONata for this interpreter, and its twin in JSONPath for aws-local-stepfunctions. */
export interface Twin {
  readonly name: string;
  readonly ours: Readonly<Record<string, unknown>>;
  readonly theirs: Readonly<Record<string, unknown>>;
  readonly input: Record<string, number | number[]>;
  /** How often each is run in a round, so that a round takes about half a second. */
  readonly runs: number;
  readonly theirRuns: number;
  /** The Task states that the rival needs a function for. */
  readonly tasks: readonly string[];
}

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';

/** A Task, as this interpreter calls it; `Output` takes the function's result out of what Lambda's integration adds. */
const ourTask = (next: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...next,
});

const theirTask = (next: object) => ({ Type: 'Task', Resource: FUNCTION, ...next });

const next = (names: readonly string[], at: number) => (names[at + 1] ? { Next: names[at + 1] } : { End: true });

const steps = (count: number, name = 'Step') => Array.from({ length: count }, (_, at) => `${name}${at + 1}`);

function states(names: readonly string[], make: (next: object) => object): Record<string, object> {
  return Object.fromEntries(names.map((name, at) => [name, make(next(names, at))]));
}

function chain(): Twin {
  const tasks = steps(6);
  const base = { StartAt: tasks[0] };
  return {
    name: 'chain of 6 tasks',
    ours: { QueryLanguage: 'JSONata', ...base, States: states(tasks, ourTask) },
    theirs: { ...base, States: states(tasks, theirTask) },
    input: { value: 1 },
    runs: 20_000,
    theirRuns: 20_000,
    tasks,
  };
}

function map(): Twin {
  const inside = (make: (next: object) => object) => ({ StartAt: 'Work', States: { Work: make({ End: true }) } });
  return {
    name: 'Map over 1,000 items',
    ours: {
      QueryLanguage: 'JSONata',
      StartAt: 'Fan',
      States: { Fan: { Type: 'Map', Items: '{% $states.input.items %}', ItemProcessor: inside(ourTask), End: true } },
    },
    theirs: {
      StartAt: 'Fan',
      States: { Fan: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: inside(theirTask), End: true } },
    },
    input: { items: Array.from({ length: 1_000 }, (_, at) => at) },
    runs: 100,
    theirRuns: 15,
    tasks: ['Work'],
  };
}

function parallel(): Twin {
  const tasks = steps(10, 'Branch');
  const branches = (make: (next: object) => object) =>
    tasks.map((name) => ({ StartAt: name, States: { [name]: make({ End: true }) } }));
  const machine = (make: (next: object) => object) => ({
    StartAt: 'Both',
    States: { Both: { Type: 'Parallel', Branches: branches(make), End: true } },
  });
  return {
    name: 'Parallel of 10 branches',
    ours: { QueryLanguage: 'JSONata', ...machine(ourTask) },
    theirs: machine(theirTask),
    input: { value: 1 },
    runs: 10_000,
    theirRuns: 1_500,
    tasks,
  };
}

/** Ten Choice states one after another; the fifth rule of each is the one that holds. */
function ladder(): Twin {
  const rungs = steps(10, 'Rung');
  const machine = (rule: (value: number) => object) => ({
    StartAt: rungs[0],
    States: {
      ...Object.fromEntries(
        rungs.map((name, at) => {
          const Next = rungs[at + 1] ?? 'Top';
          return [
            name,
            { Type: 'Choice', Choices: [1, 2, 3, 4, 5].map((value) => ({ ...rule(value), Next })), Default: 'Top' },
          ];
        }),
      ),
      Top: { Type: 'Succeed' },
    },
  });
  return {
    name: 'ladder of 10 Choice states',
    ours: { QueryLanguage: 'JSONata', ...machine((value) => ({ Condition: `{% $states.input.value = ${value} %}` })) },
    theirs: machine((value) => ({ Variable: '$.value', NumericEquals: value })),
    input: { value: 5 },
    runs: 30_000,
    theirRuns: 1_000,
    tasks: [],
  };
}

export const TWINS: readonly Twin[] = [chain(), map(), parallel(), ladder()];
