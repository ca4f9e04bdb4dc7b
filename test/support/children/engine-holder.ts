import { writeSync } from 'node:fs';
import { tryAcquireEngineLock } from '../../../lib/local/engine-lock.ts';

/** Tells what came of taking the engine lock, and holds it until it is killed. */

const [dataDir = ''] = process.argv.slice(2);
const lock = tryAcquireEngineLock(dataDir);
writeSync(1, 'heldBy' in lock ? `held by ${lock.heldBy}\n` : 'taken\n');
if (!('heldBy' in lock)) setInterval(() => lock, 60_000);
