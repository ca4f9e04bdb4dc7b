import { setTimeout as pause } from 'node:timers/promises';
import { type KubeApi, type KubeObject, type PodFate, podStatus } from './kube-api.ts';

/** How often it looks at the pods, milliseconds. */
const PERIOD = 100;

/** Gives pods the status that a node would give them; behind it there is no container. */
export function startKubelet({ admin, list }: Pick<KubeApi, 'admin' | 'list'>) {
  let fate: (pod: KubeObject) => PodFate = () => 'ready';
  let isRunning = true;
  const given = new Map<string, PodFate>();
  const look = async () => {
    for (const pod of await list('/api/v1/pods')) {
      const { uid = '', namespace, name } = pod.metadata;
      const decided = fate(pod);
      if (given.get(uid) === decided) continue;
      await admin('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status: podStatus(decided) });
      given.set(uid, decided);
    }
  };
  const loop = (async () => {
    while (isRunning) {
      // A pod may go between the look and the word: the next look knows.
      await look().catch(onlyGone);
      await pause(PERIOD);
    }
  })();
  return {
    decide: (next: (pod: KubeObject) => PodFate) => {
      fate = next;
    },
    stop: async () => {
      isRunning = false;
      await loop;
    },
  };
}

function onlyGone(error: unknown): void {
  if (!(error instanceof Error && /: (404|409) /.test(error.message))) throw error;
}
