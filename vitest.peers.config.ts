import { defineConfig } from 'vitest/config';

/** The suite on real servers, one file after another: they share two cores with the servers. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    // The AWS SDK's notice that a later version of it will want Node 22.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    include: ['test/peers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
