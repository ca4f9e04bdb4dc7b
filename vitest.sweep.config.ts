import { defineConfig } from 'vitest/config';

/** The whole fault sweep: every fault at every call of every step. It takes longer than the suite may. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    include: ['test/faults/sweep-*.test.ts'],
    testTimeout: 600_000,
    // Its files are of equal length; by default one of two cores would be left idle.
    maxWorkers: 2,
  },
});
