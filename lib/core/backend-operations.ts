import type { BackendOperation } from './role-request.ts';

/** What each step does at a backend: from it the permissions of its role on AWS follow. */
export const OPERATIONS: Readonly<Record<string, readonly BackendOperation[]>> = {
  intake: ['versions'],
  begin: ['versions'],
  generate: ['read', 'stage', 'discard'],
  install: ['read'],
  verify: ['read'],
  store: ['promote'],
  propagate: ['read'],
  rewrap: ['read'],
  retire: ['read'],
  rollback: ['read', 'versions', 'demote', 'discard'],
  finish: ['versions'],
};
