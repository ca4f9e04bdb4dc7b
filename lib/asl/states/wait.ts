import type { Json } from '../json.ts';
import { compileNumber, evaluateNumber } from '../numbers.ts';
import { compileOutcome, conclude } from '../outcome.ts';
import type { Compile } from '../state.ts';
import { compileTemplate, QueryFailure } from '../template.ts';
import type { Visit } from '../visit.ts';

type Due = (visit: Visit) => Promise<number>;

/** Wait: goes on after `Seconds` or at `Timestamp`; also when the process was down at that time. */
export const compileWait: Compile = (definition) => {
  const outcome = compileOutcome(definition);
  const due = compileSeconds(definition.Seconds) ?? compileTimestamp(definition.Timestamp ?? null);
  return async (visit) => {
    const instant = await due(visit);
    const at = Number(visit.note(() => String(instant)));
    if (at > visit.run.host.clock.now()) await visit.parked(visit.sleepUntil(at));
    return conclude(visit, outcome, visit.input);
  };
};

function compileSeconds(source: Json | undefined): Due | undefined {
  const field = compileNumber(source, 'Seconds');
  return field && (async (visit) => visit.entered.at + 1000 * (await evaluateNumber(visit, field)));
}

function compileTimestamp(source: Json): Due {
  const template = compileTemplate(source, 'Timestamp');
  return async (visit) => {
    const value = await visit.evaluate(template);
    const instant = typeof value === 'string' && ISO_8601.test(value) ? Date.parse(cutToMillis(value)) : Number.NaN;
    if (!Number.isNaN(instant)) return instant;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const cause = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`;
    throw visit.failEvaluation(new QueryFailure(cause, 'Timestamp'));
  };
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

const cutToMillis = (timestamp: string): string => timestamp.replace(/(\.\d{3})\d+/, '$1');
