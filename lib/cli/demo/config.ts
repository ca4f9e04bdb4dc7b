interface DemoConfig {
  readonly port: number;
  readonly ports: readonly number[];
  readonly operators: Readonly<Record<string, string>>;
}

/** The keyturn.yaml of the demo, as a person would write it. */
export function demoConfig({ port, ports: [shop = 0, billing = 0], operators }: DemoConfig): string {
  const keys = Object.entries(operators).map(([name, key]) => `  ${name}: { publicKey: "${key}" }`);
  return `# What the demo rotates: the database login of two services.
version: 1
organization: demo
environments:
  production: {}
operators:                # who may vote here, and the key that proves it
${keys.join('\n')}
people:                   # which role each of them holds
  security: [sam]
  manager: [max]
backends:
  local: { use: local }   # encrypted, on this machine
notifiers:
  - { use: console, on: [approval, committed, failed, quarantined] }
secrets:
  production/database/orders:
    type: postgresql
    classification: HIGH
    owner: orders-team
    target:
      host: 127.0.0.1
      port: ${port}
      database: orders
      sslMode: disable    # loopback
      admin: { secret: production/database/orders-admin }
      roles: [orders_a, orders_b]
      owner: orders_owner
    consumers:
${consumer('shop', shop, 1)}
${consumer('billing', billing, 2)}
  production/database/orders-admin:
    type: external
    classification: CRITICAL
    owner: dba-team
`;
}

const consumer = (name: string, port: number, wave: number) => `      - name: ${name}
        propagate: { use: env-file, path: ${name}.env, data: { DATABASE_URL: "postgresql://{username:url}:{password:url}@{host}:{port}/{database}" } }
        restart: { use: http-reload, url: "http://127.0.0.1:${port}/reload", wave: ${wave} }
        verify:
          - { use: http-version, url: "http://127.0.0.1:${port}/versions" }
          - { use: postgresql-sessions, applicationName: ${name} }`;
