import { dataOf } from '../data.ts';
import { fanOut } from '../fan-out.ts';
import type { Json } from '../json.ts';
import { compileOutcome, conclude } from '../outcome.ts';
import { compilePolicy, guarded } from '../policy.ts';
import { runBranch } from '../runner.ts';
import type { Branch, Compile, Exit } from '../state.ts';
import { compileTemplate } from '../template.ts';
import type { Visit } from '../visit.ts';

/** Parallel: runs its branches at the same time on the same input; the output has theirs in order. */
export const compileParallel: Compile = (definition, compileBranch) => {
  const branches = Array.isArray(definition.Branches) ? definition.Branches.map(compileBranch) : [];
  const outcome = compileOutcome(definition);
  const policy = compilePolicy(definition);
  const input = definition.Arguments === undefined ? undefined : compileTemplate(definition.Arguments, 'Arguments');

  const attempt = async (visit: Visit): Promise<Exit> => {
    const data = input ? visit.checkSize(dataOf(await visit.evaluate(input))) : visit.input;
    visit.record('ParallelStateStarted');
    const count = branches.length;
    const outputs = await fanOut(visit, {
      count,
      limit: count,
      run: (thread, at) => runBranch(visit.run, branchAt(branches, at), thread, data),
    });
    const result: Json = outputs.map(({ json }) => json);
    visit.mention('ParallelStateSucceeded');
    return conclude(visit, outcome, dataOf(result), { result });
  };
  return (visit) =>
    guarded(
      visit,
      policy,
      () => attempt(visit),
      () => visit.record('ParallelStateFailed'),
    );
};

function branchAt(branches: readonly Branch[], at: number): Branch {
  const branch = branches[at];
  if (!branch) throw new RangeError(`no branch has the index ${at}`);
  return branch;
}
