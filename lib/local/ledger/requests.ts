import type { Ledger } from '../../core/ledger.ts';
import { rotationRequest } from '../../core/rotation.ts';
import type { Sql } from './sql.ts';

/** What was asked for, and which keys were seen before. */
export function sqliteRequests(sql: Sql): Pick<Ledger, 'saveRequest' | 'request' | 'remember'> {
  const byTicket = (ticket: string) =>
    sql.docs(rotationRequest, 'SELECT doc FROM requests WHERE ticket = ?', ticket)[0];
  return {
    saveRequest: async (request) => {
      sql.run('INSERT INTO requests (doc) VALUES (?) ON CONFLICT DO NOTHING', JSON.stringify(request));
      return byTicket(request.ticket) ?? request;
    },
    request: async (ticket) => byTicket(ticket),
    remember: async (key, at) =>
      sql.run('INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING', key, at) === 1,
  };
}
