import { describe, expect, it } from 'vitest';
import type { SecretEntry } from '../../lib/core/config.ts';
import { ageOf } from '../../lib/core/due.ts';
import { POLICY } from '../../lib/core/policy.ts';
import type { Classification } from '../../lib/core/rotation.ts';
import { publicLife } from '../../lib/plugins/certificates/public-life.ts';
import { certificate } from '../../lib/plugins/secret-types/certificate.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';

const DAY = 86_400_000;
const ID = 'production/certificates/shop';

function entryWith(classification: Classification, target: string): SecretEntry {
  const text = `
version: 1
organization: test
environments: { production: {} }
backends: { local: { use: local } }
secrets:
  ${ID}:
    type: certificate
    classification: ${classification}
    owner: shop-team
    target: { commonName: shop.example, ${target}, issuer: { use: local-ca, authority: { certificateFile: a.pem, keyFile: a.key }, rootFile: r.pem } }
    consumers: { waived: { reason: nobody uses it yet, owner: team, expires: "2099-01-01" } }
`;
  const checked = parseConfig(text, builtIn);
  const entry = 'config' in checked ? checked.config.secrets.get(ID) : undefined;
  if (entry === undefined) throw new Error(JSON.stringify(checked));
  return entry;
}

describe('the age of a certificate', () => {
  const since = Date.UTC(2026, 11, 1);
  const age = (classification: Classification, target: string, days: number, madeAt = since) => {
    const entry = entryWith(classification, target);
    return ageOf({
      entry,
      since: new Date(madeAt).toISOString(),
      policy: POLICY[classification],
      now: madeAt + days * DAY,
      type: certificate,
    });
  };
  const dueAfter = (...asked: Parameters<typeof age>) =>
    Math.round((Date.parse(age(...asked).dueAt ?? '') - (asked[3] ?? since)) / DAY);

  it.each([
    ['two thirds of a life that is shorter than its class', 'HIGH', 'lifetime: 90d', 60],
    ['its class, when that is stricter', 'CRITICAL', 'lifetime: 180d', 72],
    ['its life, where the class forces nothing', 'LOW', 'lifetime: 30d', 20],
    ['the public maximum, whatever is declared', 'LOW', 'lifetime: 398d, public: true', 133],
  ] as const)('makes it due by %s', (_what, classification, target, days) => {
    expect(dueAfter(classification, target, 0)).toBe(days);
  });

  it('is fresh, due and overdue', () => {
    const states = [59, 61, 91].map((days) => age('HIGH', 'lifetime: 90d', days).state);
    expect(states).toEqual(['fresh', 'due', 'overdue']);
  });

  it.each([
    ['2027-03-14T23:59:59Z', 200],
    ['2027-03-15T00:00:00Z', 100],
    ['2029-03-14T23:59:59Z', 100],
    ['2029-03-15T00:00:00Z', 47],
  ])('of a public one made at %s ends after %s days at most', (madeAt, days) => {
    expect(publicLife(Date.parse(madeAt)) * 1000).toBe(days * DAY);
    expect(certificate.life?.(entryWith('LOW', 'lifetime: 398d, public: true').target, Date.parse(madeAt))).toBe(
      days * 86_400,
    );
    expect(certificate.life?.(entryWith('LOW', 'lifetime: 30d, public: true').target, Date.parse(madeAt))).toBe(
      30 * 86_400,
    );
  });
});
