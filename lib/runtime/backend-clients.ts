import type { BackendClient } from '../core/ports.ts';

export interface BackendClients {
  /** The client of the backend of this name. */
  get(name: string): Promise<BackendClient>;
  /** Ends the logins of all. */
  close(): Promise<void>;
}

type Open = (name: string) => Promise<BackendClient>;

/** For a step: a backend is opened once, whatever asks for it, and no login outlives the step. */
export function untilClosed(open: Open): BackendClients {
  const opened = new Map<string, Promise<BackendClient>>();
  return {
    get: (name) => {
      const client = opened.get(name) ?? open(name);
      opened.set(name, client);
      return client;
    },
    close: async () => {
      const clients = await Promise.allSettled(opened.values());
      await Promise.all(clients.map((client) => (client.status === 'fulfilled' ? client.value.close?.() : undefined)));
    },
  };
}

/** For a look outside a step, whose end nobody announces: each call opens and closes a client of its own. */
export function untilReturned(open: Open): BackendClients {
  return { get: async (name) => perCall(() => open(name)), close: async () => undefined };
}

function perCall(open: () => Promise<BackendClient>): BackendClient {
  const during = async <Result>(use: (client: BackendClient) => Promise<Result>): Promise<Result> => {
    const client = await open();
    try {
      return await use(client);
    } finally {
      await client.close?.();
    }
  };
  return {
    stage: (...args) => during((client) => client.stage(...args)),
    read: (...args) => during((client) => client.read(...args)),
    promote: (...args) => during((client) => client.promote(...args)),
    demote: (...args) => during((client) => client.demote(...args)),
    discard: (...args) => during((client) => client.discard(...args)),
    versions: (...args) => during((client) => client.versions(...args)),
  };
}
