import { z } from 'zod';
import { lint } from '../asl/lint/lint.ts';
import { ERRORS } from '../core/errors.ts';
import { loadMachine } from './asl-machine.ts';
import { defineCommand } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { findingsText } from './findings-text.ts';
import { readJson } from './input-file.ts';

const options = z.object({ file: z.string(), project: z.boolean().default(false) });

/** Every finding on a state machine: what `asl run` refuses, and advice. */
export const aslValidate = defineCommand(options, async ({ output }, { file, project }) => {
  const loaded = loadMachine(file);
  const ofLanguage = 'machine' in loaded ? loaded.machine.warnings : loaded.findings;
  const findings = project && 'machine' in loaded ? lint(readJson(file), PROJECT) : ofLanguage;
  const valid = findings.every(({ severity }) => severity !== 'error');
  output.answer({ valid, findings }, () =>
    findings.length === 0 ? `${file} is sound` : findingsText(file, findings, output.paint),
  );
  return valid ? EXIT.done : EXIT.usage;
});

const PROJECT = { profile: 'project', errorNames: Object.keys(ERRORS) } as const;
