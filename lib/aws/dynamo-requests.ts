import { z } from 'zod';
import { fleetRecord } from '../core/fleet.ts';
import type { Ledger } from '../core/ledger.ts';
import { rotationRequest } from '../core/rotation.ts';
import { docOf } from './doc.ts';
import type { LedgerTable } from './ledger-table.ts';

/** Seconds that a key is remembered: the 90 days for which Step Functions keeps a closed execution's name. */
const REMEMBERED = 90 * 86_400;

const row = z.object({ doc: docOf(rotationRequest) });
const fleetRow = z.object({ doc: docOf(fleetRecord) });

type Requests = Pick<Ledger, 'saveRequest' | 'request' | 'saveFleet' | 'fleet' | 'remember'>;

export function dynamoRequests(table: LedgerTable): Requests {
  const keyOf = (ticket: string) => ({ pk: `request#${ticket}`, sk: 'request' });
  const request = async (ticket: string) => (await table.get(row, keyOf(ticket)))?.doc;
  const fleetKey = (id: string) => ({ pk: `fleet#${id}`, sk: 'fleet' });
  const fleet = async (id: string) => (await table.get(fleetRow, fleetKey(id)))?.doc;
  return {
    request,
    fleet,
    saveFleet: async (asked) => {
      const put = { ...fleetKey(asked.fleet), doc: JSON.stringify(asked) };
      if (await table.write([{ put, when: 'absent' }])) return asked;
      return (await fleet(asked.fleet)) ?? asked;
    },
    saveRequest: async (asked) => {
      const put = { ...keyOf(asked.ticket), doc: JSON.stringify(asked) };
      if (await table.write([{ put, when: 'absent' }])) return asked;
      return (await request(asked.ticket)) ?? asked;
    },
    remember: (key, at) => {
      const expires = Math.floor(Date.parse(at) / 1000) + REMEMBERED;
      return table.write([{ put: { pk: `seen#${key}`, sk: 'seen', expires }, when: 'absent' }]);
    },
  };
}
