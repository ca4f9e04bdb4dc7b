import { RotationError } from '../../core/errors.ts';
import type { IssuerClient, LastUse } from '../../core/issuer-ports.ts';
import type { Change, PluginDeps } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { idOf, tokenOf } from '../issuing/issued-fields.ts';
import { type Exchange, exchangeWith, type Request } from './exchange.ts';
import { instantAt, jsonOf, type Listed, listedIn, textAt } from './reply.ts';
import type { HttpIssuerSettings } from './settings.ts';

/** An API that its configuration describes. The admin credential goes with every call but `probe`, in headers and bodies only. */
export function httpIssuerClient(settings: HttpIssuerSettings, deps: PluginDeps): IssuerClient {
  const asAdmin = adminExchange(settings, deps);
  const { list, revoke, register, issue, lastUsed, probe } = settings;

  const all = async (): Promise<readonly Listed[]> => {
    if (list === undefined) return [];
    const reply = await asAdmin({ name: 'list', call: list, values: {} });
    return listedIn(await jsonOf('list', reply), list);
  };
  const revokeOne = async (id: string): Promise<Change> => {
    const values = { id: idOf(Secret.of({ id })) };
    const reply = await asAdmin({ name: 'revoke', call: revoke, values, expected: revoke.gone });
    return revoke.gone.includes(reply.status) ? 'not-applied' : 'applied';
  };

  return {
    issue: async (name) => {
      if (issue === undefined) throw takesHashesOnly(settings.url);
      const json = await jsonOf('issue', await asAdmin({ name: 'issue', call: issue, values: { name } }));
      return issued(textAt('issue', json, issue.id), textAt('issue', json, issue.token));
    },
    ...(register !== undefined && {
      register: async (key): Promise<Change> => {
        const { taken } = register;
        const reply = await asAdmin({ name: 'register', call: register, values: { ...key }, expected: taken });
        return taken.includes(reply.status) ? 'not-applied' : 'applied';
      },
    }),
    withdraw: async (name, except) => {
      const lost = (await all()).filter((listed) => listed.name === name && listed.id !== except);
      const changes: Change[] = [];
      for (const { id } of lost) changes.push(await revokeOne(id));
      return changes.includes('applied') ? 'applied' : 'not-applied';
    },
    revoke: revokeOne,
    lastUsed: async (id) => {
      if (lastUsed !== undefined) return askLastUsed(settings, lastUsed, asAdmin, id);
      if (list?.lastUsed === undefined) return 'unknown';
      const found = (await all()).find((listed) => listed.id === id);
      return found === undefined ? 'gone' : useAt(settings, found.item, 'list', list.lastUsed);
    },
    probe: async (value) => {
      const values = { id: idOf(value), token: tokenOf(value) };
      const expected = [...probe.accepted, ...probe.refused];
      const reply = await exchangeWith(settings, deps)({ name: 'probe', call: probe, values, expected });
      if (probe.refused.includes(reply.status)) return 'refused';
      if (probe.accepted.includes(reply.status)) return 'accepted';
      throw new RotationError('ConfigInvalid', {
        subject: `probe at ${new URL(settings.url).host}`,
        detail: 'neither accepted nor refused names the status of its reply',
        code: `http-${reply.status}`,
      });
    },
  };
}

const issued = (id: string, token: string): Secret => {
  const value = Secret.of({ id, token });
  idOf(value);
  return value;
};

const takesHashesOnly = (url: string) =>
  new RotationError('ConfigInvalid', {
    subject: `issuer at ${new URL(url).host}`,
    detail: 'it has register and no issue: only type api-key makes its keys here',
  });

/** The admin credential is read at the moment of each call. */
function adminExchange(settings: HttpIssuerSettings, deps: PluginDeps): Exchange {
  const exchange = exchangeWith(settings, deps, settings.headers);
  return async (request: Request) => {
    const fields = Object.entries((await deps.credential(settings.admin.secret)).reveal());
    const admin = Object.fromEntries(fields.map(([name, value]) => [`admin.${name}`, value]));
    return exchange({ ...request, values: { ...request.values, ...admin } });
  };
}

type AskLastUsed = NonNullable<HttpIssuerSettings['lastUsed']>;

async function askLastUsed(
  settings: HttpIssuerSettings,
  call: AskLastUsed,
  asAdmin: Exchange,
  id: string,
): Promise<LastUse> {
  const reply = await asAdmin({ name: 'lastUsed', call, values: { id }, expected: call.gone });
  if (call.gone.includes(reply.status)) return 'gone';
  return useAt(settings, await jsonOf('lastUsed', reply), 'lastUsed', call.at);
}

/** A field that is not there may be one of another name: it counts as never used only where that is declared. */
function useAt(
  { lastUsedLag, missingIsNever }: HttpIssuerSettings,
  json: unknown,
  name: string,
  pointer: string,
): LastUse {
  const at = instantAt(name, json, pointer);
  if (at === undefined && !missingIsNever) return 'unknown';
  return { lag: lastUsedLag * 1000, ...(typeof at === 'number' && { at }) };
}
