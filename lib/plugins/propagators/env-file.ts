import { resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PropagatorClient, PutRequest } from '../../core/ports.ts';
import { renderTemplate } from '../../core/template.ts';
import { versionMarker } from '../../core/version-marker.ts';
import { envLine, plainEnvValue, READERS, setEnvLines } from '../files/env-lines.ts';
import { fileMode } from '../files/file-mode.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';

const variable = z
  .string()
  .regex(/^(?!KEYTURN_VERSION_)[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name, and not one of KEYTURN_VERSION_*');

const config = z.strictObject({
  use: z.literal('env-file'),
  /** Relative to keyturn.yaml. */
  path: z.string().min(1),
  /** Variable -> template of its value. */
  data: z.record(variable, z.string()).refine((data) => Object.keys(data).length > 0, 'name at least one variable'),
  mode: fileMode.optional(),
  /** A value that no quoting carries to both readers is refused, unless only one of them reads the file. */
  reader: z.enum(READERS).default('both'),
});
type Config = z.output<typeof config>;

/** Writes `NAME=value` lines and the version marker into an env file, and leaves every other byte of it alone. */
export const envFile = definePlugin({
  name: 'env-file',
  summary: 'Lines NAME=value in a file that dotenv or a shell reads',
  config,
  capabilities: ['preserves-owner', 'sibling-fields'],
  create: (options, { baseDir, clock }): PropagatorClient => {
    const path = resolve(baseDir, options.path);
    return {
      put: async (request) => replaceFile({ path, mode: options.mode, edit: editFor(options, request) }, clock),
      holds: async (request) => {
        const found = await readIfPresent(path);
        return found?.equals(editFor(options, request)(found)) ?? false;
      },
      current: async (secretId) => {
        const found = await readIfPresent(path);
        return found && plainEnvValue(found.toString('latin1'), versionMarker(secretId));
      },
    };
  },
});

/** What the file becomes; all but the lines of this secret stays. */
function editFor(options: Config, request: PutRequest): (found?: Buffer) => Buffer {
  const lines = renderLines(options, request);
  return (found = Buffer.alloc(0)) => Buffer.from(setEnvLines(found.toString('latin1'), lines), 'latin1');
}

function renderLines({ data, path, reader }: Config, { secretId, version, values }: PutRequest): Map<string, string> {
  const fields = { ...values.reveal(), version };
  const entries = Object.entries(data).map(([name, template]) => [name, renderTemplate(template, fields)]);
  entries.push([versionMarker(secretId), version]);
  return new Map(
    entries.map(([name = '', value = '']) => {
      const line = envLine(name, value, reader);
      if (line === undefined) throw unwritable(path, name, reader);
      return [name, Buffer.from(line, 'utf8').toString('latin1')];
    }),
  );
}

function unwritable(path: string, name: string, reader: string): RotationError {
  return new RotationError('ConfigInvalid', {
    subject: `${name} in ${path}`,
    detail: `no quoting carries this value to reader ${reader}: encode the field, e.g. {password:base64}, or set reader to dotenv or shell`,
  });
}
