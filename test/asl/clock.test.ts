import { describe, expect, it, vi } from 'vitest';
import { systemClock, VirtualClock } from '../../lib/asl/clock.ts';

describe('virtual time', () => {
  it('jumps from timer to timer, in order of time and then of asking', async () => {
    const clock = new VirtualClock(1_000);
    const seen: unknown[] = [];
    const at = (ms: number, name: string) => clock.schedule(ms, () => seen.push([name, clock.now()]));
    at(3_000, 'c');
    at(2_000, 'a');
    at(2_000, 'b');
    at(0, 'past');
    await clock.runUntilIdle();
    expect(seen).toEqual([
      ['past', 1_000],
      ['a', 2_000],
      ['b', 2_000],
      ['c', 3_000],
    ]);
  });

  it('stands still while work is under way, however long that takes', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.schedule(10, () => seen.push('timer'));
    clock.busy(
      new Promise<void>((resolve) => {
        setTimeout(() => {
          seen.push('work');
          resolve();
        }, 30);
      }),
    );
    await clock.runUntilIdle();
    expect(seen).toEqual(['work', 'timer']);
  });

  it('moves while work sleeps in it', async () => {
    const clock = new VirtualClock(0);
    const work = async () => {
      await clock.sleep(5_000);
      await Promise.resolve();
      return clock.now();
    };
    const done = work();
    clock.busy(done);
    await clock.runUntilIdle();
    expect(await done).toBe(5_000);
  });

  it('goes no further than it is told', async () => {
    const clock = new VirtualClock(0);
    const timer = vi.fn();
    clock.schedule(1_000, timer);
    await clock.advance(999);
    expect(timer).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(timer).toHaveBeenCalledOnce();
    expect(clock.now()).toBe(1_000);
  });

  it('runs what a timer starts before the next timer', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.schedule(1, () => void Promise.resolve().then(() => clock.schedule(2, () => seen.push('started'))));
    clock.schedule(3, () => seen.push('later'));
    await clock.runUntilIdle();
    expect(seen).toEqual(['started', 'later']);
  });

  it('forgets a timer that is taken back, and stops when told that it is enough', async () => {
    const clock = new VirtualClock(0);
    clock.schedule(1, () => expect.unreachable())();
    let count = 0;
    const again = () =>
      void clock.schedule(clock.now() + 1, () => {
        count++;
        again();
      });
    again();
    await clock.runUntilIdle(() => count === 5);
    expect([count, clock.pending]).toEqual([5, 1]);
  });
});

describe('system time', () => {
  it('waits, also longer than a timer of Node can hold', () => {
    vi.useFakeTimers();
    const timer = vi.fn();
    const days = 60 * 86_400_000;
    systemClock.schedule(Date.now() + days, timer);
    vi.advanceTimersByTime(days - 1);
    expect(timer).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(timer).toHaveBeenCalledOnce();
    systemClock.schedule(Date.now() + 10, timer)();
    vi.advanceTimersByTime(100);
    expect(timer).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
