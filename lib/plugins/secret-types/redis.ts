import { defineSecretType } from '../../core/plugin.ts';
import { addressOf } from '../redis/node.ts';
import { isDual, listedNodes, redisTarget } from '../redis/target.ts';

/** A login at Redis 7 or newer, at every node of it: two ACL users that alternate, or one with two passwords for a while. */
export const redis = defineSecretType({
  name: 'redis',
  summary: 'A Redis login at every node: two ACL users alternate, or one has two passwords for a while.',
  config: redisTarget,
  capabilities: ['dual', 'sessions', 'prepares'],
  flow: 'overlap',
  fields: ['username', 'password'],
  overlap: (target) => ({ kind: 'dual', ...(!isDual(target) && { indistinct: true }) }),
  templateFields: (target) => {
    const [{ host = '', port = 0 } = {}] = listedNodes(target);
    return { host, port: String(port), nodes: listedNodes(target).map(addressOf).join(',') };
  },
  identities: (target) =>
    listedNodes(target).flatMap((node) => target.users.map((user) => `redis:${addressOf(node)}/${user}`)),
  create: async (target, deps) => {
    const { redisClient } = await import('../redis/client.ts');
    return redisClient(target, deps);
  },
});
