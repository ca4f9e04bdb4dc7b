import { fleetRecord } from '../../core/fleet.ts';
import type { Ledger } from '../../core/ledger.ts';
import { rotationRequest } from '../../core/rotation.ts';
import type { Sql } from './sql.ts';

type Requests = Pick<Ledger, 'saveRequest' | 'request' | 'saveFleet' | 'fleet' | 'remember'>;

/** What was asked for, and which keys were seen before. */
export function sqliteRequests(sql: Sql): Requests {
  const byTicket = (ticket: string) =>
    sql.docs(rotationRequest, 'SELECT doc FROM requests WHERE ticket = ?', ticket)[0];
  const byId = (fleet: string) => sql.docs(fleetRecord, 'SELECT doc FROM fleets WHERE fleet = ?', fleet)[0];
  return {
    saveRequest: async (request) => {
      sql.run('INSERT INTO requests (doc) VALUES (?) ON CONFLICT DO NOTHING', JSON.stringify(request));
      return byTicket(request.ticket) ?? request;
    },
    request: async (ticket) => byTicket(ticket),
    saveFleet: async (fleet) => {
      sql.run('INSERT INTO fleets (doc) VALUES (?) ON CONFLICT DO NOTHING', JSON.stringify(fleet));
      return byId(fleet.fleet) ?? fleet;
    },
    fleet: async (id) => byId(id),
    remember: async (key, at) =>
      sql.run('INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING', key, at) === 1,
  };
}
