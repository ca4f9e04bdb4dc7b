/** What Redis says to a login, or to somebody who has none. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof Error && /^(WRONGPASS|NOAUTH|ERR AUTH)/.test(error.message);
