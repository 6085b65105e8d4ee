/**
 * Which instance type or preference a machine's volume asks for by its labels: those of the claim, of the DataVolume, of its source, or of
 * the DataSource behind it. Source: KubeVirt's order of places.
 */

import type { DataSource, DataVolume, DataVolumeSpec } from '../types/data-volume.ts'
import type { Matcher } from '../types/instancetype.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { referenceKeys, references, type ReferenceKey } from './matchers.ts'

type Labels = Readonly<Record<string, string>>
type Labelled = { metadata: { labels?: Record<string, string> } }

/** Where objects are looked up; undefined for one that is not there. */
export interface InferenceLookups {
  claim(namespace: string, name: string): Promise<Readonly<Labelled> | undefined>
  dataVolume(namespace: string, name: string): Promise<Readonly<DataVolume> | undefined>
  dataSource(namespace: string, name: string): Promise<Readonly<DataSource> | undefined>
  volumeSnapshot(namespace: string, name: string): Promise<Readonly<Labelled> | undefined>
}

interface Found {
  name: string
  kind?: string
}

/** Found nothing, and why. Only what is `ignorable` falls under the failure policy. */
type Outcome = { found: Found } | { message: string; ignorable: boolean }

const missing = (resource: string, name: string): Outcome => ({
  message: `${resource} "${name}" not found`,
  ignorable: false,
})
const unsupported = (message: string): Outcome => ({ message, ignorable: true })

/**
 * Replaces matchers that infer by those they stand for, in place.
 * @returns the sentence to refuse the machine with, undefined when all went well
 */
export async function inferMatchers(machine: VirtualMachine, lookups: InferenceLookups): Promise<string | undefined> {
  for (const key of referenceKeys) {
    const failure = await inferMatcher(key, machine, lookups)
    if (failure !== undefined) return failure
  }
  return undefined
}

async function inferMatcher(
  key: ReferenceKey,
  machine: VirtualMachine,
  lookups: InferenceLookups,
): Promise<string | undefined> {
  const matcher = machine.spec[key]
  const volume = matcher?.inferFromVolume ?? ''
  if (matcher === undefined || volume === '') return undefined
  const ignore = matcher.inferFromVolumeFailurePolicy === 'Ignore'
  const outcome = await createInference(key, machine, lookups).fromVolume(volume)
  if ('found' in outcome) {
    // The memory beside an optional instance type is what the machine has without one.
    if (key === 'instancetype' && ignore) delete machine.spec.template.spec.domain.memory
    const { name, kind } = outcome.found
    const inferred: Matcher = { name, ...(kind === undefined ? {} : { kind }) }
    machine.spec[key] = inferred
    return undefined
  }
  if (!outcome.ignorable || !ignore) return outcome.message
  delete machine.spec[key]
  return undefined
}

function createInference(key: ReferenceKey, machine: Readonly<VirtualMachine>, lookups: InferenceLookups) {
  const { nameLabel, kindLabel } = references[key]
  const { namespace: own = '' } = machine.metadata

  function fromLabels(labels: Labels = {}): Outcome {
    const name = labels[nameLabel]
    const kind = labels[kindLabel]
    if (name === undefined) return unsupported(`unable to find required ${nameLabel} label on the volume`)
    return { found: { name, ...(kind === undefined ? {} : { kind }) } }
  }

  async function fromVolume(wanted: string): Promise<Outcome> {
    const volume = (machine.spec.template.spec.volumes ?? []).find(({ name }) => name === wanted)
    if (volume === undefined) return { message: `unable to find volume ${wanted} to infer defaults`, ignorable: false }
    if (volume.persistentVolumeClaim !== undefined) return fromClaim(own, volume.persistentVolumeClaim.claimName)
    if (volume.dataVolume !== undefined) return fromDataVolume(volume.dataVolume.name)
    return unsupported(`unable to infer defaults from volume ${wanted} as type is not supported`)
  }

  async function fromClaim(namespace: string, name: string): Promise<Outcome> {
    const claim = await lookups.claim(namespace, name)
    return claim === undefined ? missing('persistentvolumeclaims', name) : fromLabels(claim.metadata.labels)
  }

  async function fromSnapshot(namespace: string, name: string): Promise<Outcome> {
    const snapshot = await lookups.volumeSnapshot(namespace, name)
    return snapshot === undefined
      ? missing('volumesnapshots.snapshot.storage.k8s.io', name)
      : fromLabels(snapshot.metadata.labels)
  }

  async function fromDataVolume(name: string): Promise<Outcome> {
    const template = (machine.spec.dataVolumeTemplates ?? []).find(({ metadata }) => metadata.name === name)
    if (template !== undefined) return fromSpec(template.spec)
    const volume = await lookups.dataVolume(own, name)
    // One that was cleared away after its work leaves a claim of its name.
    if (volume === undefined) return fromClaim(own, name)
    const labelled = fromLabels(volume.metadata.labels)
    return 'found' in labelled ? labelled : fromSpec(volume.spec)
  }

  async function fromSpec({ source, sourceRef }: Readonly<DataVolumeSpec>): Promise<Outcome> {
    const claim = referenceIn(source, 'pvc')
    if (claim !== undefined) return fromClaim(claim.namespace ?? own, claim.name)
    const snapshot = referenceIn(source, 'snapshot')
    if (snapshot !== undefined) return fromSnapshot(snapshot.namespace ?? own, snapshot.name)
    if (sourceRef === undefined)
      return unsupported('unable to infer defaults from DataVolumeSpec as DataVolumeSource is not supported')
    if (sourceRef.kind !== 'DataSource')
      return unsupported(`unable to infer defaults from DataVolumeSourceRef as Kind ${sourceRef.kind} is not supported`)
    return fromDataSource(sourceRef.namespace ?? own, sourceRef.name)
  }

  async function fromDataSource(namespace: string, name: string): Promise<Outcome> {
    const found = await lookups.dataSource(namespace, name)
    if (found === undefined) return missing('datasources.cdi.kubevirt.io', name)
    const labelled = fromLabels(found.metadata.labels)
    if ('found' in labelled) return labelled
    const { source } = found.spec
    const claim = referenceIn(source, 'pvc')
    if (claim !== undefined) return fromClaim(claim.namespace ?? namespace, claim.name)
    const snapshot = referenceIn(source, 'snapshot')
    if (snapshot !== undefined) return fromSnapshot(snapshot.namespace ?? namespace, snapshot.name)
    return unsupported(
      "unable to infer defaults from DataSource that doesn't provide DataVolumeSourcePVC or DataVolumeSourceSnapshot",
    )
  }

  return { fromVolume }
}

/** A source that names another object; the schema has vouched for its shape. */
function referenceIn(
  source: object | undefined,
  member: 'pvc' | 'snapshot',
): { namespace?: string; name: string } | undefined {
  const value: unknown = source === undefined ? undefined : Object.entries(source).find(([key]) => key === member)?.[1]
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined
  const namespace = 'namespace' in value ? value.namespace : undefined
  return { name: String(value.name), ...(typeof namespace === 'string' ? { namespace } : {}) }
}
