import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { IssuerClient } from '../../core/issuer-ports.ts';
import type { Change, PluginDeps } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { idOf, tokenOf } from '../issuing/issued-fields.ts';
import { revokeSelf } from './login.ts';
import { type VaultServer, vaultServer } from './server.ts';
import type { VaultConnection } from './settings.ts';
import { withinLogin } from './within-login.ts';

export interface SecretIds extends VaultConnection {
  readonly role: string;
  readonly mount: string;
  /** What each is given; what is absent is as the role says. Seconds. */
  readonly life?: number | undefined;
  readonly uses?: number | undefined;
  readonly cidrs?: readonly string[] | undefined;
}

const made = z.object({ data: z.object({ secret_id: z.string().min(1), secret_id_accessor: z.string().min(1) }) });
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const lookedUp = z.object({ data: z.object({ metadata: z.record(z.string(), z.unknown()).nullable() }) });
const known = z.object({ data: z.looseObject({}) });
const roleId = z.object({ data: z.object({ role_id: z.string().min(1) }) });
const loggedIn = z.object({ auth: z.object({ client_token: z.string().min(1) }) });

/** The secret ids of one AppRole: the id is the accessor, the token the secret id, and its name lies in its metadata. */
export function secretIdIssuer({ role, mount, ...settings }: SecretIds, deps: PluginDeps): IssuerClient {
  const { life, uses, cidrs, ...connection } = settings;
  const { wire, within } = withinLogin(connection, deps);
  const at = (part: string) => `auth/${mount}/role/${role}/${part}`;

  const post = (server: VaultServer, part: string, json: object) =>
    server({ verb: 'write', path: at(part), json, capability: 'update' });

  const nameOf = async (server: VaultServer, accessor: string): Promise<unknown> => {
    const reply = await post(server, 'secret-id-accessor/lookup', { secret_id_accessor: accessor });
    if (reply.status !== 200) return undefined;
    return parsed(lookedUp, reply.body, 'secret-id-accessor/lookup').data.metadata?.name ?? '';
  };
  const destroy = async (server: VaultServer, accessor: string): Promise<Change> => {
    if ((await nameOf(server, accessor)) === undefined) return 'not-applied';
    const path = 'secret-id-accessor/destroy';
    const { status } = await post(server, path, { secret_id_accessor: accessor });
    if (status === 204 || status === 200) return 'applied';
    throw new RotationError('OutcomeUnknown', { subject: `vault ${at(path)}`, code: `http-${status}` });
  };
  const all = async (server: VaultServer): Promise<readonly string[]> => {
    const { status, body } = await server({ verb: 'list', path: at('secret-id'), capability: 'list' });
    return status === 404 ? [] : parsed(listed, body, 'secret-id').data.keys;
  };

  /** A secret id that is bound to other places is refused here as a dead one is. */
  const refusedUnlessKnown = async (value: Secret): Promise<'refused'> => {
    const part = 'secret-id/lookup';
    const { body } = await within((server) => post(server, part, { secret_id: tokenOf(value) }));
    if (!known.safeParse(body).success) return 'refused';
    const detail = 'the server knows the secret id and does not let it in from here';
    throw new RotationError('VerificationInconclusive', { subject: `vault ${at(part)}`, detail });
  };

  return {
    issue: (name) =>
      within(async (server) => {
        const { body } = await post(server, 'secret-id', {
          metadata: JSON.stringify({ name }),
          ...(life !== undefined && { ttl: `${life}s` }),
          ...(uses !== undefined && { num_uses: uses }),
          ...(cidrs !== undefined && { cidr_list: cidrs }),
        });
        const { secret_id, secret_id_accessor } = parsed(made, body, 'secret-id').data;
        return Secret.of({ id: secret_id_accessor, token: secret_id });
      }),
    withdraw: (name, except) =>
      within(async (server) => {
        const changes: Change[] = [];
        for (const accessor of await all(server)) {
          if (accessor === except || (await nameOf(server, accessor)) !== name) continue;
          changes.push(await destroy(server, accessor));
        }
        return changes.includes('applied') ? 'applied' : 'not-applied';
      }),
    revoke: (id) => within((server) => destroy(server, id)),
    lastUsed: (id) => within(async (server) => ((await nameOf(server, id)) === undefined ? 'gone' : 'unknown')),
    probe: async (value) => {
      idOf(value);
      const { body } = await within((server) => server({ verb: 'read', path: at('role-id'), capability: 'read' }));
      const json = { role_id: parsed(roleId, body, 'role-id').data.role_id, secret_id: tokenOf(value) };
      const login = { verb: 'write', path: `auth/${mount}/login`, json, capability: 'update' } as const;
      const reply = await (await vaultServer(wire))(login);
      if (reply.status !== 200) return refusedUnlessKnown(value);
      const { client_token } = parsed(loggedIn, reply.body, 'login').auth;
      await revokeSelf(await vaultServer(wire, client_token));
      return 'accepted';
    },
  };

  /** @throws ConfigInvalid for a reply of another shape, e.g. of a role that is not there */
  function parsed<Shape extends z.ZodType>(shape: Shape, body: unknown, part: string): z.output<Shape> {
    const found = shape.safeParse(body);
    if (found.success) return found.data;
    throw new RotationError('ConfigInvalid', {
      subject: `vault ${part === 'login' ? `auth/${mount}/login` : at(part)}`,
      detail: 'it answers something else: is there such a role?',
    });
  }
}
