import { basename } from 'node:path';
import { MachineRefused, type Refusal } from '../asl/errors.ts';
import { compileMachine, type Machine } from '../asl/machine.ts';
import { readText } from './input-file.ts';

export type Loaded = { readonly machine: Machine } | { readonly findings: readonly Refusal[] };

/** Compiles a state machine's file; a placeholder `${name}` stands for its own name. @throws InputInvalid for a file that cannot be read */
export function loadMachine(file: string): Loaded {
  const text = readText(file);
  const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const substitutions = { ...Object.fromEntries(names.map((name) => [name, name])), Partition: 'aws' };
  try {
    return { machine: compileMachine(text, { name: nameOf(file), substitutions }) };
  } catch (error) {
    if (error instanceof MachineRefused) return { findings: error.findings };
    throw error;
  }
}

const nameOf = (file: string): string =>
  basename(file)
    .replace(/(\.asl)?\.json$/, '')
    .replaceAll(/[^\w-]/g, '-') || 'machine';
