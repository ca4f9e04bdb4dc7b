/** Runs something `count` times, one after another, and answers with how often a second that was. */
export async function rate(count: number, once: () => Promise<void>): Promise<number> {
  for (let warm = 0; warm < count / 10; warm++) await once();
  const start = performance.now();
  for (let run = 0; run < count; run++) await once();
  return count / ((performance.now() - start) / 1000);
}
