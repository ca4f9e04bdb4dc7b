import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { jsonLog } from '../../lib/runtime/log.ts';
import { createScrubber } from '../../lib/runtime/scrubber.ts';
import { assertNoLeak, CANARY, canaryEncodings } from '../support/leak.ts';
import { skippingClock } from '../support/plugin-deps.ts';

function openLog() {
  const lines: string[] = [];
  const scrubber = createScrubber();
  const log = jsonLog({ clock: skippingClock(0), scrubber, sink: (line) => lines.push(line) });
  return { lines, log, scrubber };
}

describe('the log', () => {
  it('writes a line of JSON with the time of its clock and the facts that are allowed', () => {
    const { lines, log } = openLog();
    log.warn('refused', { secretId: 'a/b/c', attempt: 2, password: 'x', headers: 'y' });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '1970-01-01T00:00:00.000Z', level: 'warn', message: 'refused', secretId: 'a/b/c', attempt: 2 },
    ]);
  });

  it.each(canaryEncodings(CANARY).map((form) => [form]))('redacts %j in message and facts', (form) => {
    const { lines, log, scrubber } = openLog();
    scrubber.learn(Secret.of({ password: CANARY }));
    log.info(`login with ${form} failed`, { why: form });
    assertNoLeak(lines.join('\n'), CANARY);
    expect(lines[0]).toContain('<redacted>');
  });

  it('redacts a value that a foreign message quotes as JSON', () => {
    const { lines, log, scrubber } = openLog();
    scrubber.learn(Secret.of({ password: CANARY }));
    log.info(`server said ${JSON.stringify({ password: CANARY })}`);
    expect(JSON.parse(lines[0] ?? '').message).toBe('server said {"password":"<redacted>"}');
  });

  it('stays JSON whatever a value consists of', () => {
    const { lines, log, scrubber } = openLog();
    scrubber.learn(Secret.of({ password: '","level":"' }));
    log.info('hello', { why: 'x","level":"y' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', why: 'x<redacted>y' });
  });
});

describe('the scrubber', () => {
  it('leaves no value of any kind in base64, whatever stands around it', () => {
    const value = fc.string({ minLength: 8, unit: 'grapheme' });
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, behind) => {
        const scrubber = createScrubber();
        scrubber.learn(Secret.of({ secret }));
        assertNoLeak(scrubber.scrub(Buffer.from(before + secret + behind).toString('base64')), secret);
      }),
    );
  });

  it('redacts the whole of a value that contains another', () => {
    const scrubber = createScrubber();
    scrubber.learn(Secret.of({ one: 'abcd', two: 'abcdefgh' }));
    expect(scrubber.scrub('abcdefgh abcd')).toBe('<redacted> <redacted>');
  });

  it('leaves fields alone that are named as open, and other calls', () => {
    const scrubber = createScrubber();
    scrubber.learn(Secret.of({ username: 'orders_a', password: 'topsecret' }), ['username']);
    expect(scrubber.scrub('orders_a topsecret')).toBe('orders_a <redacted>');
    expect(createScrubber().scrub('topsecret')).toBe('topsecret');
  });
});
