import { showDuration } from '../core/duration.ts';
import type { Plan } from '../core/plan.ts';
import type { Paint } from './paint.ts';
import type { PlanView } from './plan-view.ts';

/** A plan for people. */
export function planText(view: PlanView, paint: Paint): string {
  const { plan } = view;
  const row = (label: string, ...lines: readonly string[]) =>
    lines.map((line, index) => `  ${paint.dim((index === 0 ? label : '').padEnd(12))}${line}`);
  return [
    `${paint.bold(view.secret)}  ${plan.type}, ${plan.classification}, owner ${view.owner}`,
    ...row('why', whyText(view.age)),
    ...row('flow', plan.flow),
    ...row('consumers', ...consumerLines(plan)),
    ...row('waves', plan.waves.map((wave) => wave.join(' + ')).join(', then ') || 'none'),
    ...row('gap', gapText(plan)),
    ...row(
      'grace',
      `old and new both stay valid for ${showDuration(plan.grace)}; then nobody may use the old, within ${showDuration(plan.quietDeadline)}`,
    ),
    ...row(
      'approval',
      plan.seats.length === 0
        ? 'none'
        : `${plan.seats.join(' + ')}, distinct, never ${plan.requester}; within ${showDuration(plan.expiry)}`,
    ),
    ...row('radius', ...radiusLines(view)),
    ...row('target', ...preparationLines(view, paint)),
    ...row('digest', view.digest),
  ].join('\n');
}

function whyText(age: PlanView['age']): string {
  if ('unknown' in age) return `unknown: ${age.unknown}`;
  if (age.age === undefined) return 'it has no value yet: store one with `keyturn put`';
  const due = age.dueAt === undefined ? 'policy forces no rotation' : `policy wants it rotated from ${age.dueAt}`;
  return `${age.state}: ${showAge(age.age)} old; ${due}`;
}

/** An age for people, rounded down to its largest unit. */
export function showAge(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'm'],
  ] as const;
  const [size, unit] = units.find(([length]) => seconds >= length) ?? [1, 's'];
  return `${Math.floor(seconds / size)}${unit}`;
}

const consumerLines = ({ consumers }: Plan): string[] =>
  consumers.length === 0
    ? ['none: declared as waived']
    : consumers.map(({ name, propagate, restart, verify, waived }) =>
        waived === null
          ? `${name}: ${propagate}, ${restart}, proven by ${verify.join(' and ')}`
          : `${name}: ${propagate}, ${restart}, NOT PROVEN: ${waived}`,
      );

const gapText = ({ overlap }: Plan): string =>
  overlap.kind === 'dual'
    ? 'none: the target accepts old and new at the same time'
    : `at most ${overlap.maxGapSeconds} s: the target has one slot${overlap.oneWay ? ', and there is no way back' : ''}`;

function radiusLines({ radius }: PlanView): string[] {
  const { consumers, waived, usedBy, samePath } = radius;
  return [
    `${consumers} consumer${consumers === 1 ? '' : 's'}${waived.length > 0 ? `, of which without proof: ${waived.join(', ')}` : ''}`,
    ...(usedBy.length > 0 ? [`read by ${usedBy.join(', ')}`] : []),
    ...(samePath.length > 0 ? [`beside ${samePath.join(', ')} in the backend, which stay as they are`] : []),
  ];
}

function preparationLines({ preparation }: PlanView, paint: Paint): string[] {
  if ('unknown' in preparation) return [`unknown: ${preparation.unknown}`];
  const { statements, blocked } = preparation;
  if (statements.length === 0 && blocked.length === 0) return ['prepared'];
  const intro =
    blocked.length === 0
      ? 'the first rotation does this:'
      : paint.yellow('somebody with more rights has to do this first:');
  return [intro, ...statements.map((line) => `  ${line}`), ...blocked.map((why) => paint.yellow(`because ${why}`))];
}
