import { annotationOf, type Metadata } from './metadata.ts';

interface Mark {
  readonly in: 'labels' | 'annotations';
  readonly name: string;
  /** Any value when absent. */
  readonly value?: string;
  readonly owner: string;
}

/** What controllers leave on a Secret whose content they write. */
const MARKS: readonly Mark[] = [
  { in: 'labels', name: 'reconcile.external-secrets.io/managed', value: 'true', owner: 'External Secrets Operator' },
  { in: 'labels', name: 'reconcile.external-secrets.io/created-by', owner: 'External Secrets Operator' },
  { in: 'annotations', name: 'argocd.argoproj.io/tracking-id', owner: 'Argo CD' },
  { in: 'labels', name: 'argocd.argoproj.io/instance', owner: 'Argo CD' },
  { in: 'labels', name: 'kustomize.toolkit.fluxcd.io/name', owner: 'Flux' },
  { in: 'labels', name: 'secrets-store.csi.k8s.io/managed', value: 'true', owner: 'the Secrets Store CSI driver' },
  { in: 'labels', name: 'app.kubernetes.io/managed-by', value: 'hashicorp-vso', owner: 'Vault Secrets Operator' },
  { in: 'annotations', name: 'cert-manager.io/certificate-name', owner: 'cert-manager' },
];

/** Who else writes an object's content; undefined where nobody does. */
export function foreignOwner(found: Metadata): string | undefined {
  const controller = found.ownerReferences.find((reference) => reference.controller === true);
  if (controller !== undefined) return `${controller.kind} ${controller.name}`;
  return MARKS.find((mark) => {
    const value = annotationOf({ annotations: found[mark.in] }, mark.name);
    return value !== undefined && (mark.value === undefined || mark.value === value);
  })?.owner;
}
