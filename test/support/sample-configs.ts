/** An API that shows everything a declarative issuer can ask. */
const HTTP_ISSUER = {
  use: 'http',
  url: 'https://keys.internal/v1',
  admin: { secret: 'production/api/gateway-admin' },
  headers: { Authorization: 'Bearer {admin.token}' },
  issue: { path: '/keys', body: { name: '{name}' }, id: '/id', token: '/token' },
  list: { path: '/keys', items: '/keys', id: '/id', name: '/name' },
  revoke: { path: '/keys/{id}' },
  lastUsed: { path: '/keys/{id}', at: '/lastUsedAt' },
  probe: { path: '/whoami', headers: { Authorization: 'Bearer {token}' } },
};

/** A valid configuration of each plugin; those of secret types are an entry's `target`. */
export const SAMPLE_CONFIGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  postgresql: {
    host: 'db.internal',
    database: 'orders',
    admin: { secret: 'production/database/orders-admin' },
    roles: ['orders_a', 'orders_b'],
    owner: 'orders_owner',
  },
  'aws-secrets-manager': { use: 'aws-secrets-manager', region: 'eu-west-1' },
  'api-key': { prefix: 'kt', issuer: { ...HTTP_ISSUER } },
  'service-token': { issuer: { ...HTTP_ISSUER } },
  generic: { maxGapSeconds: 60 },
  http: HTTP_ISSUER,
  grafana: {
    use: 'grafana',
    url: 'https://grafana.internal',
    admin: { secret: 'production/services/grafana-admin' },
    serviceAccount: 2,
  },
  local: { use: 'local' },
  vault: {
    use: 'vault',
    address: 'https://vault.internal:8200',
    mount: 'production',
    auth: { method: 'approle', roleIdFile: 'role-id', secretIdFile: 'secret-id' },
  },
  'env-file': { use: 'env-file', path: '.env', data: { DB_PASSWORD: '{password}' } },
  'file-template': { use: 'file-template', path: 'app.json', template: '{"password":"{password:json}"}' },
  'http-reload': { use: 'http-reload', url: 'http://127.0.0.1:8080/reload' },
  'process-signal': { use: 'process-signal', pidFile: 'app.pid' },
  command: { use: 'command', argv: ['systemctl', 'reload', 'app'] },
  none: { use: 'none' },
  'postgresql-login': { use: 'postgresql-login' },
  'postgresql-sessions': { use: 'postgresql-sessions', applicationName: 'orders-api' },
  'http-status': {
    use: 'http-status',
    url: 'https://keys.internal/v1/whoami',
    headers: { Authorization: 'Bearer {token}' },
  },
  'http-version': { use: 'http-version', url: 'http://127.0.0.1:8080/version' },
  console: { use: 'console' },
  slack: { use: 'slack', webhook: { secret: 'production/external/slack' } },
  webhook: { use: 'webhook', url: 'https://receiver.test/', secret: { secret: 'production/external/webhook' } },
};
