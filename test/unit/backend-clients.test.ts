import { describe, expect, it } from 'vitest';
import type { BackendClient } from '../../lib/core/ports.ts';
import { untilClosed, untilReturned } from '../../lib/runtime/backend-clients.ts';

const ref = { path: 'p', fields: {} };

/** Backends that write down what happens to them; of `down` even the opening fails. */
function book() {
  const lines: string[] = [];
  const open = async (name: string): Promise<BackendClient> => {
    if (name === 'down') throw new Error('down');
    lines.push(`open ${name}`);
    const refuse = async () => {
      lines.push(`call ${name}`);
      throw new Error('refused');
    };
    return {
      stage: refuse,
      read: refuse,
      promote: refuse,
      demote: refuse,
      discard: refuse,
      versions: async () => {
        lines.push(`call ${name}`);
        return { pending: [] };
      },
      close: async () => void lines.push(`close ${name}`),
    };
  };
  return { lines, open };
}

describe('the backends of a step', () => {
  it('are opened once each, and closed with the step', async () => {
    const { lines, open } = book();
    const clients = untilClosed(open);
    const [first, second] = await Promise.all([clients.get('a'), clients.get('a')]);
    await clients.get('b');
    expect(first).toBe(second);
    await clients.close();
    expect(lines).toEqual(['open a', 'open b', 'close a', 'close b']);
  });

  it('are closed also when one could not be opened', async () => {
    const { lines, open } = book();
    const clients = untilClosed(open);
    await expect(clients.get('down')).rejects.toThrow('down');
    await clients.get('a');
    await clients.close();
    expect(lines).toEqual(['open a', 'close a']);
  });
});

describe('a backend outside a step', () => {
  it('is opened and closed with each call, also one that fails', async () => {
    const { lines, open } = book();
    const client = await untilReturned(open).get('a');
    expect(lines).toEqual([]);
    await client.versions(ref);
    const calls = [
      () => client.stage(ref, 'v', expect.anything()),
      () => client.read(ref, 'v'),
      () => client.promote(ref, 'v', undefined),
      () => client.demote(ref, 'v', 'w'),
      () => client.discard(ref, 'v'),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow('refused');
    expect(lines).toEqual(Array.from({ length: 6 }, () => ['open a', 'call a', 'close a']).flat());
  });
});
