/** The objects a plan is about, as they are now, read with the person's own rights. */

import { standaloneMachine, virtualMachineInstances, virtualMachines } from '@berth/api'
import { keyFor, type Client } from '@berth/kube'
import { resource, unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import type { MachineState, ObjectReference, WorkloadKind } from '@berth/view'

/** What `referenceOfKey` makes of a row's key. */
export type Reference = ObjectReference & { kind: WorkloadKind; namespace: string }

/** From so many of one namespace on, one list costs less than many reads. */
const listFrom = 12
const pageSize = 500

export interface FoundObject {
  uid: string
  /** Of machines and instances. */
  state?: MachineState
}

const resources: Record<'Pod' | 'Deployment', Resource<KubeObject>> = {
  Pod: resource({ apiVersion: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }),
  Deployment: resource({ apiVersion: 'apps/v1', resource: 'deployments', kind: 'Deployment', namespaced: true }),
}

/**
 * Of references of one cluster, by `kind/namespace/name`. What is not there is left out.
 * @throws {StatusError | ClientError} when the server refuses or can't be reached
 */
export async function readStates(client: Client, references: readonly Reference[]): Promise<Map<string, FoundObject>> {
  const found = new Map<string, FoundObject>()
  for (const [namespace, group] of groupBy(references, (reference) => reference.namespace)) {
    for (const [kind, members] of groupBy(group, (reference) => reference.kind)) {
      const names = new Set(members.map(({ name }) => name))
      const read = <T extends KubeObject>(of: Resource<T>): Promise<Map<string, T>> =>
        readNamed(client, of, namespace, names)
      switch (kind) {
        case 'VirtualMachine': {
          const [machines, instances] = await Promise.all([read(virtualMachines), read(virtualMachineInstances)])
          for (const [name, machine] of machines) {
            found.set(keyOfReference({ kind, namespace, name }), {
              uid: machine.metadata.uid ?? '',
              state: { machine, instance: instances.get(name) },
            })
          }
          break
        }
        case 'VirtualMachineInstance':
          for (const [name, instance] of await read(virtualMachineInstances)) {
            found.set(keyOfReference({ kind, namespace, name }), {
              uid: instance.metadata.uid ?? '',
              state: { machine: standaloneMachine(instance), instance },
            })
          }
          break
        case 'Pod':
        case 'Deployment':
          for (const [name, object] of await read(resources[kind])) {
            found.set(keyOfReference({ kind, namespace, name }), { uid: object.metadata.uid ?? '' })
          }
          break
      }
    }
  }
  return found
}

export function keyOfReference({ kind, namespace, name }: Pick<Reference, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${keyFor(namespace, name)}`
}

async function readNamed<T extends KubeObject>(
  client: Client,
  of: Resource<T>,
  namespace: string,
  names: ReadonlySet<string>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  if (names.size < listFrom) {
    const objects = await Promise.all([...names].map((name) => unlessMissing(client.get(of, { namespace, name }))))
    for (const object of objects) if (object?.metadata.name !== undefined) found.set(object.metadata.name, object)
    return found
  }
  let next: string | undefined
  do {
    const page = await client.list(of, {
      namespace,
      limit: pageSize,
      ...(next === undefined ? {} : { continue: next }),
    })
    for (const object of page.items) {
      const { name } = object.metadata
      if (name !== undefined && names.has(name)) found.set(name, object)
    }
    next = page.metadata.continue === '' ? undefined : page.metadata.continue
  } while (next !== undefined)
  return found
}

export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
