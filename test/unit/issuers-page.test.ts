import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { issuers } from '../../lib/plugins/issuers/index.ts';
import { serviceToken } from '../../lib/plugins/secret-types/service-token.ts';
import { readSource } from '../support/sources.ts';

const page = readSource('docs/issuers.md');
const targets = [...page.matchAll(/```yaml\ntarget:\n(.*?)```/gs)].map(([, text = '']) => parse(text));

describe('docs/issuers.md', () => {
  it('shows targets of every issuer that is not described call by call', () => {
    expect(targets.map(({ issuer }) => issuer.use)).toEqual(['grafana', 'vault-token', 'manual']);
  });

  it.each(targets.map((target) => [target.issuer.use, target]))('shows a target of %s that holds', (use, target) => {
    expect(serviceToken.config.safeParse(target).error).toBeUndefined();
    expect(issuers.find(({ name }) => name === use)?.config.safeParse(target.issuer).error).toBeUndefined();
  });

  it('shows a registration that holds', () => {
    const [, text = ''] = /```yaml\n(register: .*?)```/s.exec(page) ?? [];
    const [, entry = ''] = /```yaml keyturn\.yaml\n(.*?)```/s.exec(page) ?? [];
    const { issue: _issue, ...issuer } = parse(entry).secrets['production/api/gateway'].target.issuer;
    const http = issuers.find(({ name }) => name === 'http');
    expect(http?.config.safeParse({ ...issuer, ...parse(text) }).error).toBeUndefined();
  });
});
