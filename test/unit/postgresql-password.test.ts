import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePassword, passwordPolicy } from '../../lib/core/password-policy.ts';
import { verifierWithSalt } from '../../lib/plugins/postgresql/scram.ts';
import { type Sandbox, sandbox, type TestServer, testServer } from '../support/postgres.ts';

describe('password policy', () => {
  it('is 43 letters and digits when nothing is said', () => {
    expect(passwordPolicy.parse(undefined)).toMatchObject({ length: 43, alphabet: expect.stringMatching(/^\w{62}$/) });
  });

  it.each([
    ['too short', { length: 31 }],
    ['too few bits', { length: 42 }],
    ['too few bits for the alphabet', { length: 64, alphabet: 'abcdefgh' }],
    ['a character that a shell reads', { length: 64, alphabet: 'abcdefghijklmnop$' }],
    ['a character that a URL reads', { length: 64, alphabet: 'abcdefghijklmnop/' }],
    ['a character twice', { length: 64, alphabet: 'aabcdefghijklmnopqrst' }],
  ])('refuses %s', (_label, policy) => {
    expect(passwordPolicy.safeParse(policy).success).toBe(false);
  });

  it('takes hexadecimal of 64 characters', () => {
    expect(passwordPolicy.safeParse({ length: 64, alphabet: '0123456789abcdef' }).success).toBe(true);
  });
});

describe('makePassword', () => {
  it('throws away bytes that would make some characters likelier', () => {
    const given = [255, 254, 253, 252, 251, 250, 249, 248, 247, 61, 62, 0];
    const bytes = (length: number) => Uint8Array.from({ length }, () => given.shift() ?? 1);
    const alphabet = passwordPolicy.parse(undefined).alphabet;
    expect(makePassword({ length: 4, alphabet }, { bytes })).toBe(
      [247 % 62, 61, 62 % 62, 0].map((index) => alphabet.charAt(index)).join(''),
    );
  });
});

describe('SCRAM verifier', () => {
  let server: TestServer;
  let box: Sandbox;
  beforeAll(async () => {
    server = await testServer();
    box = await sandbox(server);
    await box.sql(`CREATE ROLE ${box.role('x')} LOGIN`);
  });
  afterAll(async () => {
    await box.drop();
    await server.stop();
  });

  it('signs the conversation of RFC 7677', async () => {
    const verifier = await verifierWithSalt('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const conversation = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
    const serverKey = Buffer.from(verifier.split(':').at(-1) ?? '', 'base64');
    const signature = createHmac('sha256', serverKey).update(conversation).digest('base64');
    expect(signature).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  const serverVerifier = async (password: string): Promise<string> => {
    await box.sql(`ALTER ROLE ${box.role('x')} PASSWORD '${password.replaceAll("'", "''")}'`);
    const [row] = await box.sql('SELECT rolpassword FROM pg_authid WHERE rolname = $1', [box.role('x')]);
    return String(row?.rolpassword);
  };
  const sameAsServer = async (password: string) => {
    const theirs = await serverVerifier(password);
    const salt = Buffer.from(theirs.split(/[:$]/)[2] ?? '', 'base64');
    expect(await verifierWithSalt(password, salt)).toBe(theirs);
  };

  it.each([
    'plain',
    "quote ' and \\ backslash",
    'ü and ﬁ',
    'a\u00a0space',
    'soft\u00adhyphen',
    'Ⅸ',
    'tab\tis prohibited',
    '\u0627\u0031 mixed',
  ])('is what the server makes of %j', sameAsServer);

  it('is what the server makes of any password', async () => {
    const printable = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' });
    await fc.assert(fc.asyncProperty(printable, sameAsServer), { numRuns: 50 });
  });
});
