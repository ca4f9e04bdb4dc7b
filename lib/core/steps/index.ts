import type { Step } from '../step.ts';
import { approval } from './approval.ts';
import { begin } from './begin.ts';
import { finish } from './finish.ts';
import { fleet } from './fleet.ts';
import { generate } from './generate.ts';
import { install } from './install.ts';
import { intake } from './intake.ts';
import { notify } from './notify.ts';
import { propagate } from './propagate.ts';
import { restart } from './restart.ts';
import { retire } from './retire.ts';
import { rewrap } from './rewrap.ts';
import { rollback } from './rollback.ts';
import { store } from './store.ts';
import { verify } from './verify.ts';

/** The front door, every step of the chain in its order, and the one that runs many chains. */
export const steps: readonly Step[] = [
  intake,
  begin,
  approval,
  generate,
  install,
  store,
  propagate,
  restart,
  verify,
  rewrap,
  retire,
  rollback,
  finish,
  notify,
  fleet,
];
