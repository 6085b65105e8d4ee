/** PersistentVolumes: storage that exists. */

import {
  forbiddenValue,
  formatTime,
  invalidValue,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { accessModeCauses, accessModesText, volumeModes } from './access-modes.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { defaultTo, ensureObject, objectAt, sameContent, textAt, textsAt } from './fields.ts'

/** Members of the spec that are not a volume source. */
const otherMembers = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
])

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

function sourceOf(spec: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !otherMembers.has(key)))
}

function causesOf(volume: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const spec = objectAt(volume, 'spec') ?? {}
  const causes = accessModeCauses(textsAt(spec, 'accessModes'))
  if (objectAt(spec, 'capacity')?.['storage'] === undefined) causes.push(requiredValue('spec.capacity[storage]'))
  causes.push(...placeCauses(spec))
  const policy = textAt(spec, 'persistentVolumeReclaimPolicy')
  if (!reclaimPolicies.includes(policy)) {
    causes.push(unsupportedValue('spec.persistentVolumeReclaimPolicy', policy, reclaimPolicies))
  }
  const mode = textAt(spec, 'volumeMode')
  if (!volumeModes.includes(mode)) causes.push(unsupportedValue('spec.volumeMode', mode, volumeModes))
  const sources = Object.keys(sourceOf(spec))
  if (sources.length === 0) causes.push(requiredValue('spec', 'must specify a volume type'))
  for (const source of sources.slice(1)) {
    causes.push(forbiddenValue(`spec.${source}`, 'may not specify more than 1 volume type'))
  }
  const before = objectAt(previous, 'spec')
  if (before !== undefined && !sameContent(sourceOf(spec), sourceOf(before))) {
    causes.push(
      forbiddenValue('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
    )
  }
  return causes
}

/** Where the volume is, for the sources that need no driver. */
function placeCauses(spec: JsonObject): StatusCause[] {
  const causes: StatusCause[] = []
  for (const source of ['hostPath', 'local']) {
    const found = objectAt(spec, source)
    if (found !== undefined && textAt(found, 'path') === '') causes.push(requiredValue(`spec.${source}.path`))
  }
  const nfs = objectAt(spec, 'nfs')
  if (nfs === undefined) return causes
  const path = textAt(nfs, 'path')
  if (textAt(nfs, 'server') === '') causes.push(requiredValue('spec.nfs.server'))
  if (path === '') causes.push(requiredValue('spec.nfs.path'))
  if (!path.startsWith('/')) causes.push(invalidValue('spec.nfs.path', path, 'must be an absolute path'))
  return causes
}

function claimText(volume: CoreObject): string {
  const claim = objectAt(objectAt(volume, 'spec'), 'claimRef')
  return claim === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`
}

const columns: PrinterColumn[] = [
  text('Capacity', '.spec.capacity.storage'),
  text('Access Modes', (volume) => accessModesText(textsAt(objectAt(volume, 'spec'), 'accessModes'))),
  text('Reclaim Policy', '.spec.persistentVolumeReclaimPolicy'),
  text('Status', (volume) =>
    volume.metadata.deletionTimestamp === undefined ? textAt(objectAt(volume, 'status'), 'phase') : 'Terminating',
  ),
  text('Claim', claimText),
  text('StorageClass', (volume) => textAt(objectAt(volume, 'spec'), 'storageClassName')),
  text('VolumeAttributesClass', (volume) => textAt(objectAt(volume, 'spec'), 'volumeAttributesClassName') || '<unset>'),
  text('Reason', (volume) => textAt(objectAt(volume, 'status'), 'reason')),
  ageColumn,
  text('VolumeMode', (volume) => textAt(objectAt(volume, 'spec'), 'volumeMode') || '<unset>', 1),
]

export function persistentvolumes(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'PersistentVolume',
    resource: 'persistentvolumes',
    shortNames: ['pv'],
    namespaced: false,
    status: true,
    generation: false,
    answersDeleted: true,
    columns,
    rules: {
      default(volume, previous, { now }) {
        const spec = ensureObject(volume, 'spec')
        defaultTo(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
        const host = objectAt(spec, 'hostPath')
        if (host !== undefined) defaultTo(host, { type: '' })
        if (previous === undefined) volume['status'] = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) }
      },
      completeStatus(volume, previous) {
        const { lastPhaseTransitionTime = null } = objectAt(previous, 'status') ?? {}
        const since: JsonObject = lastPhaseTransitionTime === null ? {} : { lastPhaseTransitionTime }
        defaultTo(ensureObject(volume, 'status'), { phase: 'Pending', ...since })
      },
      validate: causesOf,
    },
  })
}
