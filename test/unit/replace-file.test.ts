import { appendFileSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../lib/plugins/files/replace-file.ts';
import { skippingClock } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

const clock = skippingClock();
const isRoot = process.getuid?.() === 0;
const to = (text: string) => () => Buffer.from(text);
const append = (text: string) => (found: Buffer | undefined) => Buffer.concat([found ?? Buffer.alloc(0), to(text)()]);

const dir = useTempDir();
let path = '';
beforeEach(() => {
  path = join(dir(), 'app.env');
});
const text = () => readFile(path, 'utf8');
const modeOf = async (file: string) => (await stat(file)).mode & 0o7777;

describe('replaceFile', () => {
  it('creates a file for its owner alone', async () => {
    expect(await replaceFile({ path, edit: to('a') }, clock)).toBe('applied');
    expect([await text(), await modeOf(path)]).toEqual(['a', 0o600]);
  });

  it('does nothing when nothing changes, and leaves nothing beside the file', async () => {
    await replaceFile({ path, edit: to('a') }, clock);
    const before = await stat(path);
    expect(await replaceFile({ path, edit: to('a') }, clock)).toBe('not-applied');
    expect((await stat(path)).ino).toBe(before.ino);
    expect(await readdir(dir())).toEqual(['app.env']);
  });

  it('keeps the mode, and sets a declared one', async () => {
    await writeFile(path, 'old');
    await chmod(path, 0o640);
    await replaceFile({ path, edit: to('new') }, clock);
    expect(await modeOf(path)).toBe(0o640);
    expect(await replaceFile({ path, mode: 0o600, edit: to('new') }, clock)).toBe('applied');
    expect(await modeOf(path)).toBe(0o600);
  });

  it.skipIf(!isRoot)('keeps the owner (only root can give a file away)', async () => {
    await writeFile(path, 'old');
    await chown(path, 65534, 65533);
    await replaceFile({ path, edit: to('new') }, clock);
    const { uid, gid } = await stat(path);
    expect([await text(), uid, gid]).toEqual(['new', 65534, 65533]);
  });

  it('follows a symbolic link and keeps it', async () => {
    await mkdir(join(dir(), 'real'));
    await writeFile(join(dir(), 'real', 'file'), 'old');
    await symlink(join(dir(), 'real', 'file'), path);
    await replaceFile({ path, edit: to('new') }, clock);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(dir(), 'real', 'file'), 'utf8')).toBe('new');
  });

  it('works again on what another writer wrote meanwhile', async () => {
    await writeFile(path, 'one ');
    const edit = disturbed(1, append('three'));
    expect(await replaceFile({ path, edit }, clock)).toBe('applied');
    expect(await text()).toBe('one two three');
  });

  it('gives up with Conflict when others never stop, and overwrites nothing', async () => {
    await writeFile(path, 'one ');
    const edit = disturbed(Number.POSITIVE_INFINITY, append('three'));
    await expect(replaceFile({ path, edit }, clock)).rejects.toMatchObject({ name: 'Conflict' });
    expect(await text()).toMatch(/^one (two )+$/);
    expect(await readdir(dir())).toEqual(['app.env']);
  });

  it('loses no edit of many at once', async () => {
    const letters = [...'abcdefghijkl'];
    await Promise.all(letters.map((letter) => replaceFile({ path, edit: append(letter) }, clock)));
    expect([...(await text())].sort()).toEqual(letters);
  });

  it('takes over what a dead writer left behind', async () => {
    await writeFile(`${path}.keyturn-new`, 'half a val');
    await utimes(`${path}.keyturn-new`, 1, 1);
    expect(await replaceFile({ path, edit: to('new') }, clock)).toBe('applied');
    expect([await text(), await readdir(dir())]).toEqual(['new', ['app.env']]);
  });

  it('names a directory that is missing', async () => {
    const missing = join(dir(), 'nowhere', 'app.env');
    const error = { name: 'StorageFailed', code: 'ENOENT', message: expect.stringContaining(join(dir(), 'nowhere')) };
    await expect(replaceFile({ path: missing, edit: to('x') }, clock)).rejects.toMatchObject(error);
  });

  it('refuses a link to nothing and a path that is no file', async () => {
    await symlink(join(dir(), 'nothing'), path);
    await expect(replaceFile({ path, edit: to('x') }, clock)).rejects.toMatchObject({ name: 'StorageFailed' });
    await expect(replaceFile({ path: dir(), edit: to('x') }, clock)).rejects.toMatchObject({ name: 'StorageFailed' });
  });
});

/** An edit during whose first `times` runs another writer appends to the file. */
function disturbed(times: number, edit: (found: Buffer | undefined) => Buffer) {
  let left = times;
  return (found: Buffer | undefined) => {
    if (left > 0) appendFileSync(path, 'two ');
    left -= 1;
    return edit(found);
  };
}
