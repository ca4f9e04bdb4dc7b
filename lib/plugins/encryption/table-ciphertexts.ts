import type { Client } from 'pg';
import { escapeIdentifier } from 'pg';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { connect } from '../postgresql/connect.ts';
import { changeFailure, readFailure } from '../postgresql/failures.ts';
import type { Ciphertexts, WithCiphertexts } from './ciphertexts.ts';
import type { TablePlace } from './target.ts';
import type { Form } from './wrapping.ts';

const named = (name: string): string => name.split('.').map(escapeIdentifier).join('.');

const counted = z.object({ kid: z.string(), count: z.coerce.number() });
const listed = z.object({ id: z.string(), text: z.string() });
const registered = z.object({ register: z.string() });

/** One ciphertext in each row of a table that has one; a row without has nothing to rewrap. */
export function withTable(place: TablePlace, form: Form, deps: PluginDeps): WithCiphertexts {
  return async (work) => {
    const subject = `table ${place.table} at ${place.host.toLowerCase()}:${place.port}`;
    const { secret } = place.admin;
    const login = loginOf(await deps.credential(secret), secret);
    const client = await settled(place, deps, login, subject);
    try {
      return await work(tableOf(client, place, form, subject));
    } finally {
      await client.end();
    }
  };
}

async function settled(
  place: TablePlace,
  deps: PluginDeps,
  login: Parameters<typeof connect>[1],
  subject: string,
): Promise<Client> {
  try {
    const client = await connect({ target: place, deps }, login);
    await client.query("SELECT pg_catalog.set_config('statement_timeout', '40s', false)");
    return client;
  } catch (error) {
    throw readFailure(error, subject);
  }
}

function tableOf(client: Client, place: TablePlace, form: Form, subject: string): Ciphertexts {
  const [table, id, column] = [named(place.table), named(place.id), named(place.column)];
  const kid = `CASE WHEN starts_with(${column}, '${form.name}${form.separator}')
    THEN split_part(${column}, '${form.separator}', 2) ELSE '' END`;
  const ask = async <Row extends z.ZodType>(row: Row, sql: string, parameters: unknown[] = []) => {
    try {
      return z.array(row).parse((await client.query(sql, parameters)).rows);
    } catch (error) {
      throw readFailure(error, subject);
    }
  };
  const change = async (sql: string, parameters: unknown[] = []): Promise<boolean> => {
    try {
      return ((await client.query(sql, parameters)).rowCount ?? 0) > 0;
    } catch (error) {
      throw changeFailure(error, subject);
    }
  };
  return {
    subject,
    counts: async () => {
      const sql = `SELECT ${kid} AS kid, count(*) AS count FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1`;
      return new Map((await ask(counted, sql)).map((row) => [row.kid, row.count]));
    },
    under: (kids, most) =>
      ask(listed, `SELECT ${id}::text AS id, ${column} AS text FROM ${table} WHERE ${kid} = ANY($1) LIMIT $2`, [
        kids,
        most,
      ]),
    replace: (found, text) =>
      change(`UPDATE ${table} SET ${column} = $1 WHERE ${id} = $2 AND ${column} = $3`, [text, found.id, found.text]),
    ...registerIn({ ask, change }, place, subject),
  };
}

interface Hands {
  ask<Row extends z.ZodType>(row: Row, sql: string, parameters?: unknown[]): Promise<z.output<Row>[]>;
  change(sql: string, parameters?: unknown[]): Promise<boolean>;
}

const TRIES = 5;

/** One row for each column of ciphertexts. */
function registerIn({ ask, change }: Hands, { register, table, column }: TablePlace, subject: string) {
  const [name, key] = [named(register), `${table}.${column}`];
  const isThere = z.object({ there: z.boolean() });
  const read = async (): Promise<string | undefined> => {
    const [found] = await ask(isThere, 'SELECT to_regclass($1) IS NOT NULL AS there', [name]);
    if (found?.there !== true) return undefined;
    return (await ask(registered, `SELECT register FROM ${name} WHERE data = $1`, [key]))[0]?.register;
  };
  const write = async (before: string | undefined, next: string): Promise<boolean> => {
    if (before !== undefined)
      return change(`UPDATE ${name} SET register = $1 WHERE data = $2 AND register = $3`, [next, key, before]);
    await change(`CREATE TABLE IF NOT EXISTS ${name} (data text PRIMARY KEY, register text NOT NULL)`);
    return change(`INSERT INTO ${name} (data, register) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [key, next]);
  };
  return {
    readRegister: read,
    editRegister: async (edit: (found: string | undefined) => string) => {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const before = await read();
        const next = edit(before);
        if (next === before) return 'not-applied' as const;
        if (await write(before, next)) return 'applied' as const;
      }
      throw new RotationError('Conflict', {
        subject: `${subject}, register`,
        detail: `it changed ${TRIES} times meanwhile`,
      });
    },
  };
}
