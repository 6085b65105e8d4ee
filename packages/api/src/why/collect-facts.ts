/** Reads what an explanation needs, with the person's own rights: what they may not see is said to be unread. */

import { resource, StatusError, unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import { dataSources, dataVolumes, virtualMachineInstances, virtualMachines } from '../kinds.ts'
import { standaloneMachine } from '../standalone.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { claimNames, dataVolumeNames, ownDataVolumeNames, requiredInputs } from '../volumes.ts'
import type { ClaimFact, EventFact, NodeFact, PodFact, StorageClassFact, Unread, WhyFacts } from './facts.ts'

/** The reads that are needed of a client. */
export interface FactReader {
  /** @throws {StatusError} NotFound, Forbidden, … */
  get<T extends KubeObject>(resource: Resource<T>, target: { namespace?: string; name: string }): Promise<T>
  list<T extends KubeObject>(
    resource: Resource<T>,
    where?: { namespace?: string; labelSelector?: string; fieldSelector?: string },
  ): Promise<{ items: T[] }>
}

const claims = resource<ClaimFact>({
  apiVersion: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
})
const classes = resource<StorageClassFact>({
  apiVersion: 'storage.k8s.io/v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
})
const nodes = resource<NodeFact>({ apiVersion: 'v1', resource: 'nodes', kind: 'Node', namespaced: false })
const pods = resource<PodFact>({ apiVersion: 'v1', resource: 'pods', kind: 'Pod', namespaced: true })
const events = resource<EventFact>({ apiVersion: 'v1', resource: 'events', kind: 'Event', namespaced: true })
const secrets = resource<KubeObject>({ apiVersion: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true })
const configMaps = resource<KubeObject>({
  apiVersion: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})

/**
 * @returns undefined when there is neither such a machine nor an instance without one
 * @throws {StatusError} when the machine itself may not be read
 */
export async function collectFacts(
  reader: FactReader,
  target: { namespace: string; name: string },
): Promise<WhyFacts | undefined> {
  const { namespace } = target
  const found = await machineAt(reader, target)
  if (found === undefined) return undefined
  const { machine, standalone } = found
  const unread: Unread[] = []
  const read = async <T>(what: string, otherwise: T, reading: Promise<T>): Promise<T> => {
    try {
      return await reading
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      unread.push({ what, why: error.message })
      return otherwise
    }
  }
  const present = async <T extends KubeObject>(kind: Resource<T>, names: readonly string[]): Promise<T[]> => {
    const found = await Promise.all(
      names.map((name) =>
        read(`${kind.kind} "${name}"`, undefined, unlessMissing(reader.get(kind, { namespace, name }))),
      ),
    )
    return found.filter((object) => object !== undefined)
  }
  const { spec } = machine.spec.template
  const inputs = requiredInputs(spec)
  const [instance, volumes, claimsThere, classesThere, nodesThere, podsThere, happened, secretsThere, mapsThere] =
    await Promise.all([
      read('the running instance', undefined, unlessMissing(reader.get(virtualMachineInstances, target))),
      present(dataVolumes, [...new Set([...dataVolumeNames(spec), ...ownDataVolumeNames(machine)])]),
      present(claims, claimNames(spec)),
      read('storage classes', { items: [] }, reader.list(classes)),
      read('nodes', { items: [] }, reader.list(nodes)),
      read(
        'pods',
        { items: [] },
        reader.list(pods, { namespace, labelSelector: `vm.kubevirt.io/name=${target.name}` }),
      ),
      read('events', { items: [] }, reader.list(events, { namespace })),
      present(secrets, inputs.secrets),
      present(configMaps, inputs.configMaps),
    ])
  const names = new Set([target.name, ...claimNames(spec), ...volumes.map(({ metadata }) => metadata.name)])
  return {
    machine,
    standalone,
    instance,
    dataVolumes: volumes,
    claims: claimsThere,
    sources: await sourcesOf(machine, reader),
    classes: classesThere.items,
    nodes: nodesThere.items,
    pods: podsThere.items,
    events: happened.items.filter(({ involvedObject }) => names.has(involvedObject.name)),
    missingInputs: [
      ...absent('Secret', inputs.secrets, secretsThere, unread),
      ...absent('ConfigMap', inputs.configMaps, mapsThere, unread),
    ],
    unread,
  }
}

async function machineAt(
  reader: FactReader,
  target: { namespace: string; name: string },
): Promise<{ machine: VirtualMachine; standalone: boolean } | undefined> {
  const machine = await unlessMissing(reader.get(virtualMachines, target))
  if (machine !== undefined) return { machine, standalone: false }
  const instance = await unlessMissing(reader.get(virtualMachineInstances, target))
  return instance === undefined ? undefined : { machine: standaloneMachine(instance), standalone: true }
}

/** Published images that the machine's disks are made from and that are there. */
async function sourcesOf(machine: VirtualMachine, reader: FactReader): Promise<Set<string>> {
  const there = new Set<string>()
  for (const { spec } of machine.spec.dataVolumeTemplates ?? []) {
    const { sourceRef } = spec
    if (sourceRef?.kind !== 'DataSource') continue
    const namespace = sourceRef.namespace ?? machine.metadata.namespace ?? ''
    // One that may not be read is taken to be there: no false alarm.
    const readable = await reader.get(dataSources, { namespace, name: sourceRef.name }).then(
      () => true,
      (error: unknown) => !(error instanceof StatusError && error.code === 'NotFound'),
    )
    if (readable) there.add(`${namespace}/${sourceRef.name}`)
  }
  return there
}

function absent(
  kind: string,
  names: readonly string[],
  there: readonly KubeObject[],
  unread: readonly Unread[],
): { kind: string; name: string }[] {
  return names
    .filter((name) => !there.some(({ metadata }) => metadata.name === name))
    .filter((name) => !unread.some(({ what }) => what === `${kind} "${name}"`))
    .map((name) => ({ kind, name }))
}
