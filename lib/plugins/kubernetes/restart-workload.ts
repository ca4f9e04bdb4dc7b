import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { Change, Clock, RestartRequest } from '../../core/ports.ts';
import { versionId } from '../../core/rotation.ts';
import { absent } from './absent.ts';
import { BEFORE, RESTARTED_AT, RESTARTED_BY, sinceAnnotation, versionAnnotation } from './annotations.ts';
import { editObject } from './edit-object.ts';
import type { KubeClient } from './kube-client.ts';
import { annotationOf } from './metadata.ts';
import { type ObjectRef, shownRef } from './object-ref.ts';
import { obstacleTo, type Workload, type WorkloadKind, workloadObject } from './workload.ts';

export interface Restarting {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly ref: ObjectRef;
  readonly kind: WorkloadKind;
}

/** Template annotations as they were before a restart; null for one that was not there. */
const record = jsonText.pipe(
  z.strictObject({
    /** Rotation. */
    by: z.string(),
    annotations: z.record(z.string(), z.string().nullable()),
    /** The template has them again. */
    undone: z.boolean(),
  }),
);
type BeforeRestart = z.output<typeof record>;
type Annotations = Readonly<{ [name: string]: string | null }>;

/** The restart of a rotation and its way back are one story: what was before both is what an undo returns to. */
const storyOf = (rotationId: string): string => rotationId.replace(/-back$/, '');

/**
 * Has the workload's controller replace every pod, by annotations of its template that no restart had before.
 *
 * @throws RolloutFailed for a workload that is missing, paused, scaled to zero or not replaced by its controller
 */
export function restartWorkload(restarting: Restarting, request: RestartRequest): Promise<Change> {
  const { kind, clock } = restarting;
  return edit(restarting, (workload) => {
    const found = workload.spec.template.metadata.annotations;
    const version = versionAnnotation(request.secretId);
    if (found[RESTARTED_BY] === request.rotationId && found[version] === request.version) return 'unchanged';
    const detail = obstacleTo(workload, kind);
    if (detail !== undefined) throw failed(restarting, detail);
    const at = new Date(clock.now()).toISOString();
    const since = sinceAnnotation(request.secretId);
    const wanted = { [RESTARTED_BY]: request.rotationId, [RESTARTED_AT]: at, [version]: request.version, [since]: at };
    const own = recordOf(workload);
    const by = storyOf(request.rotationId);
    const annotations = own?.by === by ? own.annotations : valuesNow(Object.keys(wanted), found);
    return { template: wanted, before: { by, annotations, undone: false } };
  });
}

/**
 * Gives the template the annotations that it had before the rotation: the controller goes back to the pods of that
 * revision, of which those that still run are not touched. Where it is not known what was before, it restarts.
 */
export async function undoRestart(restarting: Restarting, request: RestartRequest): Promise<Change> {
  let isKnown = true;
  const change = await edit(restarting, (workload) => {
    const before = recordOf(workload);
    isKnown = before?.by === storyOf(request.rotationId);
    if (before === undefined || !isKnown || before.undone) return 'unchanged';
    return { template: before.annotations, before: { ...before, undone: true } };
  });
  return isKnown ? change : restartWorkload(restarting, request);
}

/** What has become of a restart whose version the template does not carry; undefined where it does, or it was undone. */
export function replacedBy(workload: Workload, { secretId, version }: RestartRequest): string | undefined {
  const carried = workload.spec.template.metadata.annotations[versionAnnotation(secretId)];
  if (carried === version || wasUndone(workload, secretId)) return undefined;
  return carried === undefined
    ? 'its template has lost the annotations of the restart: another program, such as a GitOps controller, has taken them out'
    : `its template carries version ${shownVersion(carried)} by now: another run or another program has changed it`;
}

/** Whether the last restart was undone, and the template is as it was before for a secret. */
export function wasUndone(workload: Workload, secretId: string): boolean {
  const before = recordOf(workload);
  const name = versionAnnotation(secretId);
  return (
    before?.undone === true && before.annotations[name] === (workload.spec.template.metadata.annotations[name] ?? null)
  );
}

/** Only what has the form of a version id is repeated: anybody may write an annotation. */
export const shownVersion = (text: string): string =>
  versionId.safeParse(text).success ? text : 'something that is no version id';

type Wanted = { readonly template: Annotations; readonly before: BeforeRestart } | 'unchanged';

function edit({ client, clock, ref }: Restarting, decide: (workload: Workload) => Wanted): Promise<Change> {
  return editObject(client, ref, workloadObject, clock, async (workload) => {
    if (workload === undefined) throw await absent(client, ref, 'RolloutFailed', '');
    const wanted = decide(workload);
    if (wanted === 'unchanged') return wanted;
    const change = {
      metadata: { annotations: { [BEFORE]: JSON.stringify(wanted.before) } },
      spec: { template: { metadata: { annotations: wanted.template } } },
    };
    return { resourceVersion: workload.metadata.resourceVersion, change };
  });
}

const valuesNow = (
  names: readonly string[],
  found: Readonly<{ [name: string]: string }>,
): { [name: string]: string | null } => Object.fromEntries(names.map((name) => [name, found[name] ?? null]));

/** Undefined for one that another wrote. */
function recordOf({ metadata }: Workload): BeforeRestart | undefined {
  const text = annotationOf(metadata, BEFORE);
  return text === undefined ? undefined : record.safeParse(text).data;
}

const failed = ({ client, ref }: Restarting, detail: string): RotationError =>
  new RotationError('RolloutFailed', { subject: `${shownRef(ref)} on cluster ${client.cluster}`, detail });
