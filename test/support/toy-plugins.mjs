import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineSecretType } from 'keyturn/plugin';
import { z } from 'zod';

/** A secret type whose target is a JSON file of logins, and a verifier that answers what a file says. */

const accounts = (file) => ({
  all: () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}),
  set(name, password) {
    writeFileSync(file, JSON.stringify({ ...this.all(), [name]: password }));
  },
});

const toy = defineSecretType({
  name: 'toy',
  summary: 'Logins in a JSON file',
  config: z.strictObject({
    file: z.string(),
    names: z.array(z.string()).length(2),
    host: z.string().optional(),
    admin: z.strictObject({ secret: z.string() }).optional(),
  }),
  capabilities: ['dual'],
  flow: 'overlap',
  fields: ['username', 'password'],
  overlap: () => ({ kind: 'dual' }),
  templateFields: () => ({}),
  identities: ({ file }) => [`toy:${file}`],
  create: async ({ file, names }, { baseDir, random }) => {
    const logins = accounts(join(baseDir, file));
    const fieldsOf = ({ value }) => value.reveal();
    const give = (username, password) => {
      logins.set(username, password);
      return 'applied';
    };
    const drop = ({ username }) => give(username, null);
    return {
      generate: async ({ current }) => {
        const username = names.find((name) => name !== current.field('username'));
        const fields = { username, password: Buffer.from(random.bytes(18)).toString('base64url') };
        return current.constructor.of(fields);
      },
      prepare: async () => ({ statements: ['give every name an account'], blocked: [] }),
      install: async ({ next }) => give(fieldsOf(next).username, fieldsOf(next).password),
      uninstall: async ({ next }) => drop(fieldsOf(next)),
      probe: async (credential) => {
        const { username, password } = fieldsOf(credential);
        return logins.all()[username] === password ? 'accepted' : 'refused';
      },
      quiet: async () => ({ quiet: !existsSync(join(baseDir, 'in-use')), why: 'the file in-use says so' }),
      retire: async ({ previous }) => drop(fieldsOf(previous)),
      sessions: async () => [],
    };
  },
});

const says = {
  name: 'says',
  summary: 'A file that holds the login that its consumer is proven on, or `any`',
  config: z.strictObject({ use: z.literal('says'), file: z.string() }),
  capabilities: [],
  requires: [],
  permissions: () => [],
  create: async ({ file }, { baseDir }) => ({
    check: async ({ expected }) => {
      const proven = ['any', expected.value.field('username')].includes(readFileSync(join(baseDir, file), 'utf8'));
      return { verdict: proven ? 'verified' : 'rejected', why: `${file} says so` };
    },
  }),
};

export default { secretTypes: [toy], verifiers: [says] };
