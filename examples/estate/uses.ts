import pg from 'pg';

/** A credential as a consumer holds it: what it does with it, and whether the target took it. */
export interface Use {
  /** One piece of work. @throws when the target does not answer */
  work(): Promise<'served' | 'refused'>;
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
  shared: async ({ SHARED_VALUE = '' }) => ({
    work: async () => (SHARED_VALUE === '' ? 'refused' : 'served'),
    end: async () => undefined,
  }),
};
