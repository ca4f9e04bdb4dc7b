import type { StateType } from '../history.ts';
import type { Compile } from '../state.ts';
import { compileChoice } from './choice.ts';
import { compileFail } from './fail.ts';
import { compileMap } from './map.ts';
import { compileParallel } from './parallel.ts';
import { compilePass } from './pass.ts';
import { compileTask } from './task.ts';
import { compileWait } from './wait.ts';

/** The compiler of each type of state. */
export const STATES: Readonly<Record<StateType, Compile>> = {
  Pass: compilePass,
  Task: compileTask,
  Choice: compileChoice,
  Wait: compileWait,
  Succeed: compilePass,
  Fail: compileFail,
  Parallel: compileParallel,
  Map: compileMap,
};
