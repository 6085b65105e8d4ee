/** Claims that are filled by what a client sends: how they are told, and what CDI's clients read of them. Pure. */

import type { KubeObject } from '@berth/meta'

/** On a claim: it waits for an upload. The value says nothing (CDI leaves it empty). */
export const uploadTargetAnnotation = 'cdi.kubevirt.io/storage.upload.target'

export function isUploadTarget({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.annotations?.[uploadTargetAnnotation] !== undefined
}

/**
 * Whether something else than an empty disk goes into the claim's volume: the claim is bound when that is whole, and not before.
 * True for claims of a DataVolume, of an upload, and with a `dataSource`.
 */
export function isFilledFromSource(claim: Readonly<KubeObject & { spec?: object }>): boolean {
  const { dataSource, dataSourceRef } = (claim.spec ?? {}) as { dataSource?: unknown; dataSourceRef?: unknown } // both as the schema has them
  const owned = (claim.metadata.ownerReferences ?? []).some(
    (owner) => owner.kind === 'DataVolume' && owner.controller === true,
  )
  return owned || isUploadTarget(claim) || dataSource !== undefined || dataSourceRef !== undefined
}

export const podReadyAnnotation = 'cdi.kubevirt.io/storage.pod.ready'
export const podPhaseAnnotation = 'cdi.kubevirt.io/storage.pod.phase'

/** What CDI's clients look for before they send. */
export function isReadyForUpload({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.annotations?.[podReadyAnnotation] === 'true'
}

/** What CDI's clients look for before they say that there is nothing to do. */
export function isUploadDone({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.annotations?.[podPhaseAnnotation] === 'Succeeded'
}
