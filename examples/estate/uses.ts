import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:tls';
import { Redis } from 'ioredis';
import { createRemoteJWKSet, errors, jwtVerify, SignJWT } from 'jose';
import pg from 'pg';
import { isRefusal } from './redis-refusal.ts';

/** A credential as a consumer holds it: what it does with it, and whether the target took it. */
export interface Use {
  /** One piece of work. @throws when the target does not answer */
  work(): Promise<'served' | 'refused'>;
  /** What it hands out to other services. */
  offer?(): Promise<string>;
  /** The version that it uses, where that is not in its env file. */
  version?(): string | undefined;
  end(): Promise<void>;
}

export type Env = Readonly<Record<string, string>>;

/** The listener outlives a reload, as it does in a web server. */
let server: Server | undefined;

function handshake(port: number, ca: string): Promise<'served' | 'refused'> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'shop.internal', ca });
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve('served');
    });
    socket.once('error', (error) => (socket.authorized ? reject(error) : resolve('refused')));
  });
}

/** How each kind of service uses what stands in its env file. */
export const USES: Readonly<Record<string, (env: Env, name: string) => Promise<Use>>> = {
  postgresql: async ({ DATABASE_URL = '' }, name) => {
    const pool = new pg.Pool({ connectionString: DATABASE_URL, application_name: name, max: 3 });
    // A session that the server ends while it idles is replaced at the next request.
    pool.on('error', () => undefined);
    return {
      work: async () => {
        try {
          await pool.query('INSERT INTO orders (item) VALUES ($1)', [name]);
          return 'served';
        } catch (error) {
          if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) return 'refused';
          throw error;
        }
      },
      end: () => pool.end(),
    };
  },
  bearer: async ({ API_URL = '', API_TOKEN = '' }) => ({
    work: async () => {
      const { status } = await fetch(API_URL, { headers: { Authorization: `Bearer ${API_TOKEN}` } });
      if (status === 401 || status === 403) return 'refused';
      if (status !== 200) throw new Error(`the API answers ${status}`);
      return 'served';
    },
    end: async () => undefined,
  }),
  signer: async ({ SIGNING_KEY = '', SIGNING_KID = '', SIGNING_ALG = '' }) => {
    const key = createPrivateKey(Buffer.from(SIGNING_KEY, 'base64'));
    const offer = () =>
      new SignJWT({}).setProtectedHeader({ alg: SIGNING_ALG, kid: SIGNING_KID }).setExpirationTime('8s').sign(key);
    return {
      offer,
      work: async () => ((await offer()) === '' ? 'refused' : 'served'),
      end: async () => undefined,
    };
  },
  gateway: async ({ JWKS_URL = '', LOGIN_URL = '' }) => {
    const keys = createRemoteJWKSet(new URL(JWKS_URL), { cacheMaxAge: 1000, cooldownDuration: 1000 });
    const tokens: { readonly token: string; readonly until: number }[] = [];
    return {
      // The oldest token that has not expired is as good as the newest.
      work: async () => {
        tokens.push({ token: await (await fetch(LOGIN_URL)).text(), until: Date.now() + 6_000 });
        while ((tokens[0]?.until ?? 0) < Date.now()) tokens.shift();
        try {
          for (const { token } of [...tokens.slice(0, 1), ...tokens.slice(-1)]) await jwtVerify(token, keys);
          return 'served';
        } catch (error) {
          if (error instanceof errors.JOSEError) return 'refused';
          throw error;
        }
      },
      end: async () => undefined,
    };
  },
  redis: async ({ REDIS_URL = '' }, name) => {
    const client = new Redis(REDIS_URL, { connectionName: name, maxRetriesPerRequest: 1, enableReadyCheck: false });
    let refusal: unknown;
    client.on('error', (error) => {
      refusal = error;
    });
    return {
      work: async () => {
        try {
          await client.incr('visits');
          return 'served';
        } catch (error) {
          if ([error, refusal].some(isRefusal)) return 'refused';
          throw error;
        }
      },
      end: async () => client.disconnect(),
    };
  },
  'tls-server': async ({ TLS_PORT = '', TLS_FILE = '' }) => {
    const pem = readFileSync(TLS_FILE, 'utf8');
    const context = { key: pem, cert: pem };
    server ??= createServer(context, (socket) => socket.end('welcome')).listen(Number(TLS_PORT), '127.0.0.1');
    server.setSecureContext(context);
    // A client that hangs up in the middle of its handshake counts it as failed itself.
    server.on('tlsClientError', () => undefined);
    return { work: async () => 'served', end: async () => undefined };
  },
  'tls-client': async ({ TLS_PORT = '', TRUST_FILE = '' }) => {
    const trusted = () => readFileSync(TRUST_FILE, 'utf8');
    return {
      work: () => handshake(Number(TLS_PORT), trusted()),
      version: () => /^version: ([0-9a-f]{32})$/m.exec(trusted())?.[1],
      end: async () => undefined,
    };
  },
  shared: async ({ SHARED_VALUE = '' }) => ({
    work: async () => (SHARED_VALUE === '' ? 'refused' : 'served'),
    end: async () => undefined,
  }),
};
