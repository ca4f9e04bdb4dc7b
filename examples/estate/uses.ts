import { createPrivateKey } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, SignJWT } from 'jose';
import pg from 'pg';

/** A credential as a consumer holds it: what it does with it, and whether the target took it. */
export interface Use {
  /** One piece of work. @throws when the target does not answer */
  work(): Promise<'served' | 'refused'>;
  /** What it hands out to other services. */
  offer?(): Promise<string>;
  end(): Promise<void>;
}

export type Env = Readonly<Record<string, string>>;

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
  shared: async ({ SHARED_VALUE = '' }) => ({
    work: async () => (SHARED_VALUE === '' ? 'refused' : 'served'),
    end: async () => undefined,
  }),
};
