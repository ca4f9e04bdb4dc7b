import { expect, onTestFinished } from 'vitest';
import { startServer } from './http-server.ts';
import { SECRET, type Site } from './rotation-site.ts';

/**
 * A rotation whose consumer goes on reporting the version from before: it goes back, and the store with it.
 *
 * @param siteWith - makes the site, given YAML of how its consumer is verified
 */
export async function goesBackWhole<At extends Site>(siteWith: (verify: string) => Promise<At>): Promise<At> {
  let reported = '';
  const stubborn = await startServer((_request, reply) => {
    reply.end(JSON.stringify({ versions: { [SECRET]: reported } }));
  });
  onTestFinished(stubborn.close);
  const site = await siteWith(`        verify: [{ use: http-version, url: "${stubborn.origin}/" }]`);
  const before = await site.versions();
  reported = before.current?.version ?? '';
  const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
  expect(code, stderr).toBe(1);
  const { current, pending } = await site.versions();
  expect({ current: current?.version, pending }).toEqual({ current: reported, pending: [] });
  return site;
}
