import { z } from 'zod';
import type { Catalog } from '../../lib/core/catalog.ts';
import { definePlugin, defineSecretType } from '../../lib/core/plugin.ts';
import type { RoleRequest } from '../../lib/core/role-request.ts';

/** One plugin of each kind that needs one permission, which names the plugin, and of a backend one per value and operation. */

const opened = async () => {
  throw new Error('nothing is opened by a synthesis');
};

export const arnOf = (plugin: string): string => `arn:aws:example:eu-west-1:111122223333:${plugin}`;

const plugin = (name: string) => ({
  name,
  summary: name,
  config: z.looseObject({}),
  permissions: (_config: unknown, { touches }: RoleRequest) => [
    { actions: ['example:Use'], resources: [arnOf(name)] },
    ...touches.map(({ ref, operations }) => ({
      actions: operations.map((operation) => `example:${operation}`),
      resources: [arnOf(`${name}/${ref.path}`)],
    })),
  ],
  create: opened,
});

export const permissionCatalog: Catalog = {
  secretTypes: [
    defineSecretType({
      ...plugin('token'),
      flow: 'overlap',
      fields: ['token'],
      issuedBy: 'issuers',
      overlap: () => ({ kind: 'dual' }),
      templateFields: () => ({}),
      identities: () => [],
    }),
  ],
  issuers: [definePlugin(plugin('mint')), definePlugin(plugin('unused-mint'))],
  certificateIssuers: [],
  backends: [definePlugin(plugin('vault')), definePlugin(plugin('other-vault')), definePlugin(plugin('unused-vault'))],
  propagators: [definePlugin(plugin('push'))],
  restarters: [definePlugin(plugin('roll'))],
  verifiers: [definePlugin(plugin('look'))],
  notifiers: [definePlugin(plugin('page'))],
};

/** `staging` has one secret of the type; its administrator's lies in another backend, and so does the channel's own. */
export const permissionConfig = `
version: 1
organization: example
environments:
  staging: { aws: { account: "111122223333", region: eu-west-1 } }
  idle: {}
backends:
  main: { use: vault }
  other: { use: other-vault }
  unused: { use: unused-vault }
notifiers:
  - { use: page, webhook: { secret: staging/external/pager }, on: [failed] }
secrets:
  staging/external/pager: { type: external, classification: LOW, owner: platform, backend: other }
  staging/api/gateway:
    type: token
    classification: MEDIUM
    owner: gateway-team
    backend: main
    target: { issuer: { use: mint } }
    consumers:
      - name: gateway
        propagate: { use: push }
        restart: { use: roll }
        verify: [{ use: look }]
`;
