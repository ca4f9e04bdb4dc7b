import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMachine, type Machine } from '../asl/machine.ts';
import type { Catalog } from '../core/catalog.ts';
import { steps } from '../core/steps/index.ts';
import { packageRoot } from '../runtime/package-root.ts';

/** Where a flow is written: the file that AWS gets, too. */
export const flowFile = (flow: string): string => join(packageRoot(), 'state-machines', `${flow}.asl.json`);

/** What the names of types' machines follow. */
const MACHINES = 'arn:aws:states:us-east-1:000000000000:stateMachine:';

/** On this machine a function is called by its step's name. */
const SUBSTITUTIONS = {
  Partition: 'aws',
  Machines: MACHINES,
  ...Object.fromEntries(steps.map(({ name }) => [name, name])),
};

const compiled = new Map<string, Machine>();

/** A flow from its file, compiled once in a process. @throws MachineRefused */
export function loadFlow(flow: string): Machine {
  const known = compiled.get(flow);
  if (known !== undefined) return known;
  const machine = compileMachine(readFileSync(flowFile(flow), 'utf8'), { name: flow, substitutions: SUBSTITUTIONS });
  compiled.set(flow, machine);
  return machine;
}

/** The machine of a type, as a fleet names it. */
export function machineOfType(arn: string, catalog: Catalog): Machine | undefined {
  const type = catalog.secretTypes.find(({ name }) => arn === MACHINES + name);
  return type && loadFlow(type.flow);
}
