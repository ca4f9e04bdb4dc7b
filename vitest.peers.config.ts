import { defineConfig } from 'vitest/config';

/** The suite on real servers, one file after another: they share two cores with the servers. */
export default defineConfig({
  test: {
    include: ['test/peers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
