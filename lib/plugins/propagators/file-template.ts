import { resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PropagatorClient } from '../../core/ports.ts';
import { renderTemplate } from '../../core/template.ts';
import { fileMode } from '../files/file-mode.ts';
import { readVersionFile, versionPattern, writeVersionFile } from '../files/file-version.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';

const config = z
  .strictObject({
    use: z.literal('file-template'),
    /** Relative to keyturn.yaml. */
    path: z.string().min(1),
    /** The whole file; `{version}` stands for the version id. */
    template: z.string().min(1).optional(),
    /** A file with the template, relative to keyturn.yaml. */
    templateFile: z.string().min(1).optional(),
    mode: fileMode.optional(),
  })
  .refine(({ template, templateFile }) => (template === undefined) !== (templateFile === undefined), {
    error: 'expected either template or templateFile',
    path: ['template'],
  });

/**
 * Renders a whole file. Its version is read back from the line with `{version}`; a template without one, such as a format
 * that has no place for it, gets a note beside it: `<path>.keyturn-version`.
 */
export const fileTemplate = definePlugin({
  name: 'file-template',
  summary: 'A whole file rendered from a template, in any format',
  config,
  capabilities: ['preserves-owner'],
  create: (options, { baseDir, clock }): PropagatorClient => {
    const path = resolve(baseDir, options.path);
    const template = async () => options.template ?? readTemplate(resolve(baseDir, options.templateFile ?? ''));
    return {
      put: async ({ secretId, version, values }) => {
        const text = await template();
        const content = Buffer.from(renderTemplate(text, { ...values.reveal(), version }));
        const change = await replaceFile({ path, mode: options.mode, edit: () => content }, clock);
        if (versionPattern(text)) return change;
        const noted = await writeVersionFile(path, { secretId, version }, clock);
        return change === 'applied' ? change : noted;
      },
      holds: async ({ version, values }) => {
        const content = Buffer.from(renderTemplate(await template(), { ...values.reveal(), version }));
        return (await readIfPresent(path))?.equals(content) ?? false;
      },
      current: async (secretId) => {
        const pattern = versionPattern(await template());
        if (!pattern) return readVersionFile(path, secretId);
        return pattern.exec((await readIfPresent(path))?.toString('utf8') ?? '')?.[1];
      },
    };
  },
});

async function readTemplate(path: string): Promise<string> {
  const found = await readIfPresent(path);
  if (!found)
    throw new RotationError('ConfigInvalid', { subject: `template ${path}`, detail: 'there is no such file' });
  return found.toString('utf8');
}
