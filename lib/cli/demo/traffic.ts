import { request } from 'node:http';

/** What the clients of a service saw. */
export interface Tally {
  readonly requests: number;
  readonly served: number;
  /** The database refused the service's login. */
  readonly failedAuthentications: number;
  readonly otherFailures: number;
}

export interface Traffic {
  tally(): Tally;
  stop(): Promise<Tally>;
}

const TICK_MS = 20;

/** Sends `perSecond` requests a second to each port, whatever becomes of the ones before. */
export function startTraffic(ports: readonly number[], perSecond: number): Traffic {
  const count = { requests: 0, served: 0, failedAuthentications: 0, otherFailures: 0 };
  const pending = new Set<Promise<void>>();
  const started = Date.now();
  let sent = 0;
  const ask = (port: number) => {
    count.requests += 1;
    const call: Promise<void> = status(port).then((code) => {
      count[outcome(code)] += 1;
      pending.delete(call);
    });
    pending.add(call);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((Date.now() - started) * perSecond) / 1000);
    for (; sent < due; sent += 1) for (const port of ports) ask(port);
  }, TICK_MS);
  return {
    tally: () => ({ ...count }),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      return { ...count };
    },
  };
}

const outcome = (code: number) => (code === 200 ? 'served' : code === 401 ? 'failedAuthentications' : 'otherFailures');

/** The status of one request; 0 when there was no answer. */
function status(port: number): Promise<number> {
  return new Promise((done) => {
    const call = request({ host: '127.0.0.1', port, path: '/work', timeout: 10_000 }, (reply) => {
      reply.resume().once('end', () => done(reply.statusCode ?? 0));
    });
    call.once('error', () => done(0)).once('timeout', () => call.destroy());
    call.end();
  });
}
