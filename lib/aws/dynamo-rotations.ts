import { z } from 'zod';
import type { Ledger, RotationPatch } from '../core/ledger.ts';
import { evidence, type RotationRecord, rotationRecord } from '../core/rotation.ts';
import { docOf } from './doc.ts';
import { stale, underFence } from './dynamo-locks.ts';
import { collect, type LedgerTable, ordinal } from './ledger-table.ts';
import { LOST, untilWritten } from './until-written.ts';

type Rotations = Pick<Ledger, 'saveRotation' | 'advance' | 'rotation' | 'rotations' | 'addEvidence' | 'evidence'>;
type Filter = Parameters<Ledger['rotations']>[0];

const recordRow = z.object({ doc: docOf(rotationRecord), revision: z.int() });
/** Lists keep ids in the order of arrival; the record itself is in one place. */
const entryRow = z.object({ rotation: z.string() });
const evidenceRow = z.object({ doc: docOf(evidence) });

const partOf = (rotationId: string) => `rotation#${rotationId}`;
const recordKey = (rotationId: string) => ({ pk: partOf(rotationId), sk: 'record' });
const EVIDENCE = 'evidence#';
const ROTATION = 'rotation#';

export function dynamoRotations(table: LedgerTable, checkFence: Ledger['checkFence']): Rotations {
  const rotation = async (id: string) => (await table.get(recordRow, recordKey(id)))?.doc;
  return {
    rotation,
    saveRotation: (record) => untilWritten(`rotation ${record.rotationId}`, () => trySave(table, record)),
    advance: (rotationId, fence, patch) =>
      untilWritten(`rotation ${rotationId}`, async () => {
        await checkFence(rotationId, fence);
        return tryAdvance(table, rotationId, fence, patch);
      }),
    rotations: async (filter) => {
      const found: RotationRecord[] = [];
      for await (const id of idsOf(table, filter.secretId)) {
        if (found.length === filter.limit) break;
        const record = await rotation(id);
        if (record !== undefined && matches(record, filter)) found.push(record);
      }
      return found;
    },
    addEvidence: async (item) => {
      const sk = `${EVIDENCE}${ordinal(await table.next(`${EVIDENCE}${item.rotationId}`))}`;
      await table.write([{ put: { pk: partOf(item.rotationId), sk, doc: JSON.stringify(item) } }]);
    },
    evidence: async (rotationId) => {
      const rows = await collect(table.list(evidenceRow, partOf(rotationId), { prefix: EVIDENCE }));
      return rows.map(({ doc }) => doc);
    },
  };
}

async function* idsOf(table: LedgerTable, secretId: string | undefined): AsyncGenerator<string> {
  const list = secretId === undefined ? 'rotations' : `secret#${secretId}`;
  for await (const row of table.list(entryRow, list, { prefix: ROTATION, newestFirst: true })) yield row.rotation;
}

const matches = ({ status, startedAt }: RotationRecord, filter: Filter): boolean =>
  (filter.status === undefined || filter.status.includes(status)) &&
  (filter.since === undefined || Date.parse(startedAt) >= Date.parse(filter.since));

/** Replaced by an equal or newer run only. */
async function trySave(table: LedgerTable, record: RotationRecord) {
  const key = recordKey(record.rotationId);
  const earlier = await table.get(recordRow, key);
  if (earlier === undefined) return firstSave(table, record);
  if (earlier.doc.fence > record.fence) throw stale(record.rotationId, record.fence);
  const { revision } = earlier;
  return written(
    await table.write([{ put: { ...key, doc: JSON.stringify(record), revision: revision + 1 }, when: { revision } }]),
  );
}

async function firstSave(table: LedgerTable, record: RotationRecord) {
  const { rotationId, secretId } = record;
  const put = { ...recordKey(rotationId), doc: JSON.stringify(record), revision: 1 };
  const sk = `${ROTATION}${ordinal(await table.next('rotations'))}`;
  const entries = ['rotations', `secret#${secretId}`].map((pk) => ({ put: { pk, sk, rotation: rotationId } }));
  return written(await table.write([{ put, when: 'absent' }, ...entries]));
}

async function tryAdvance(table: LedgerTable, rotationId: string, fence: number, patch: RotationPatch) {
  const key = recordKey(rotationId);
  const earlier = await table.get(recordRow, key);
  const next = rotationRecord.parse({ ...earlier?.doc, ...patch });
  const revision = earlier?.revision ?? 0;
  const put = { ...key, doc: JSON.stringify(next), revision: revision + 1 };
  return (await table.write([underFence(rotationId, fence), { put, when: { revision } }])) ? next : LOST;
}

const written = (done: boolean) => (done ? undefined : LOST);
