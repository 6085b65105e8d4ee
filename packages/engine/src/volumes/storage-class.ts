/**
 * The storage classes the engine brings, and what may be said in the parameters of others: `storage` names a storage of this host,
 * `format` is qcow2 (snapshots and clones at once) or raw (several machines may write to one disk).
 */

import type { DiskFormat } from '@berth/imaging'
import type { PersistentVolumeClaim, StorageClass } from '@berth/kube'
import type { StatusCause } from '@berth/meta'
import { localStorage, type Placement } from './volume-types.ts'

export const localClass = localStorage
export const localProvisioner = 'local.berth.dev'

const formats: readonly DiskFormat[] = ['qcow2', 'raw']

/** `<storage>` keeps qcow2 images, `<storage>-raw` raw ones; the first storage's is the default. */
export function classesOf(storages: readonly string[]): StorageClass[] {
  return storages.flatMap((storage) =>
    formats.map((format): StorageClass => {
      const isDefault = storage === localStorage && format === 'qcow2'
      return {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: {
          name: format === 'qcow2' ? storage : `${storage}-${format}`,
          ...(isDefault ? { annotations: defaultAnnotations } : {}),
        },
        provisioner: localProvisioner,
        parameters: { storage, format },
        reclaimPolicy: 'Delete',
        volumeBindingMode: 'Immediate',
        allowVolumeExpansion: true,
      }
    }),
  )
}

export const defaultClassAnnotation = 'storageclass.kubernetes.io/is-default-class'
export const defaultVirtClassAnnotation = 'storageclass.kubevirt.io/is-default-virt-class'

const defaultAnnotations = { [defaultClassAnnotation]: 'true', [defaultVirtClassAnnotation]: 'true' }

/** Where the claim's volume goes by its class. */
export function placementIn(
  { parameters = {} }: Readonly<StorageClass>,
  claim: Readonly<PersistentVolumeClaim>,
): Required<Placement> {
  const format = parameters['format'] === 'raw' ? 'raw' : 'qcow2'
  return {
    storage: parameters['storage'] ?? localStorage,
    format,
    // Only raw images can be written to by several machines.
    shared: format === 'raw' && (claim.spec.accessModes ?? []).includes('ReadWriteMany'),
  }
}

/** What is wrong with the parameters of a class of ours. */
export function parameterCauses(
  parameters: Readonly<Record<string, unknown>>,
  storages: readonly string[],
): StatusCause[] {
  const known: Record<string, readonly string[]> = { storage: storages, format: formats }
  return Object.entries(parameters).flatMap(([key, value]): StatusCause[] => {
    const allowed = known[key]
    const field = `parameters[${key}]`
    if (allowed === undefined)
      return [
        {
          reason: 'FieldValueNotSupported',
          field,
          message: `${localProvisioner} knows the parameters ${Object.keys(known).join(' and ')} only`,
        },
      ]
    if (typeof value === 'string' && allowed.includes(value)) return []
    const hint = key === 'storage' ? '; `berth up --storage NAME=DIRECTORY` adds one' : ''
    return [
      {
        reason: 'FieldValueNotSupported',
        field,
        message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed.map((each) => `"${each}"`).join(', ')}${hint}`,
      },
    ]
  })
}
