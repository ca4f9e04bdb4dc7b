import type { Clock, Log } from '../core/ports.ts';
import type { Scrubber } from './scrubber.ts';

/** The facts that a line may carry; any other is dropped, so that no field becomes a way out for a value. */
const FACTS: ReadonlySet<string> = new Set([
  'attempt',
  'classification',
  'code',
  'consumer',
  'durationMs',
  'error',
  'execution',
  'fence',
  'headline',
  'notifier',
  'occasion',
  'plugin',
  'previous',
  'rotationId',
  'secretId',
  'state',
  'status',
  'step',
  'type',
  'verdict',
  'version',
  'why',
]);

export interface LogOptions {
  readonly clock: Clock;
  readonly scrubber: Scrubber;
  /** Takes one line of JSON, without its line break. */
  readonly sink: (line: string) => void;
}

/** Lines of JSON: `time` (ISO 8601), `level`, `message`, then the facts. Live values are redacted wherever they stand. */
export function jsonLog({ clock, scrubber, sink }: LogOptions): Log {
  const write =
    (level: 'info' | 'warn'): Log['info'] =>
    (message, facts = {}) => {
      const allowed = Object.entries(facts).filter(([name]) => FACTS.has(name));
      const clean = [['message', message], ...allowed].map(([name, fact]) => [name, scrubFact(fact)]);
      sink(JSON.stringify({ time: new Date(clock.now()).toISOString(), level, ...Object.fromEntries(clean) }));
    };
  const scrubFact = (fact: unknown) => (typeof fact === 'string' ? scrubber.scrub(fact) : fact);
  return { info: write('info'), warn: write('warn') };
}
