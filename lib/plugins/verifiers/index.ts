import type { Plugin, VerifierClient } from '../../core/ports.ts';
import { decryptProbe } from './decrypt-probe.ts';
import { httpStatus } from './http-status.ts';
import { httpVersion } from './http-version.ts';
import { jwks } from './jwks.ts';
import { kubernetesPods } from './kubernetes-pods.ts';
import { postgresqlLogin } from './postgresql-login.ts';
import { postgresqlSessions } from './postgresql-sessions.ts';
import { redisClients } from './redis-clients.ts';
import { redisLogin } from './redis-login.ts';
import { tlsHandshake } from './tls-handshake.ts';

/** Every verifier that comes with Keyturn; a name in it is a `verify: { use }` of keyturn.yaml. */
export const verifiers: readonly Plugin<VerifierClient>[] = [
  decryptProbe,
  httpStatus,
  httpVersion,
  jwks,
  kubernetesPods,
  postgresqlLogin,
  postgresqlSessions,
  redisClients,
  redisLogin,
  tlsHandshake,
];
