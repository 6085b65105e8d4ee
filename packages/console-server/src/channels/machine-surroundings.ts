/** A machine with what belongs to it, followed with one person's rights: its instance, pods, disks, and the events about all of them. */

import {
  dataVolumeNames,
  dataVolumes,
  ownDataVolumeNames,
  virtualMachineInstances,
  virtualMachines,
  type DataVolume,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { events, pods, type EventObject, type Pod } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { FollowOptions, View, Watches, WatchState } from '../watches/contract.ts'

export interface Surroundings {
  /** Of the machine's own watch: what decides whether there is anything to say. */
  readonly state: WatchState
  readonly machine: Readonly<VirtualMachine> | undefined
  readonly instance: Readonly<VirtualMachineInstance> | undefined
  readonly pods: readonly Readonly<Pod>[]
  readonly dataVolumes: readonly Readonly<DataVolume>[]
  readonly events: readonly Readonly<EventObject>[]
  stop(): void
}

/** A machine with more disks than that has events of the first ones. */
const maxNames = 24

export function followSurroundings(options: {
  watches: Watches
  cluster: Cluster
  identity: Identity
  namespace: string
  name: string
  onChange: () => void
}): Surroundings {
  const { watches, cluster, identity, namespace, name } = options
  let stopped = false
  const onChange = (): void => {
    if (stopped) return
    adjust()
    options.onChange()
  }
  const follow = <T extends KubeObject>(what: Pick<FollowOptions<T>, 'resource' | 'where'>): View<T> =>
    watches.follow<T>({ cluster, identity, ...what, onChange, onState: onChange })

  const machine = follow({ resource: virtualMachines, where: { namespace, name } })
  const instance = follow({ resource: virtualMachineInstances, where: { namespace, name } })
  const podsThere = follow({ resource: pods, where: { namespace, labelSelector: `vm.kubevirt.io/name=${name}` } })
  const disks = new Map<string, View<DataVolume>>()
  const happened = new Map<string, View<EventObject>>()

  /** Disks and pods come and go with the machine. */
  function adjust(): void {
    const spec = machine.get(namespace, name)?.spec.template.spec ?? instance.get(namespace, name)?.spec
    const present = machine.get(namespace, name)
    const diskNames = spec === undefined ? [] : dataVolumeNames(spec)
    const own = present === undefined ? [] : ownDataVolumeNames(present)
    const ofDisks = new Set([...diskNames, ...own].slice(0, maxNames))
    keepOnly(disks, ofDisks, (disk) => follow({ resource: dataVolumes, where: { namespace, name: disk } }))
    const podNames = podsThere.list().map(({ metadata }) => metadata.name ?? '')
    const about = new Set([name, ...ofDisks, ...podNames].filter((each) => each !== '').slice(0, 2 * maxNames))
    keepOnly(happened, about, (each) =>
      follow({ resource: events, where: { namespace, fieldSelector: `involvedObject.name=${each}` } }),
    )
  }

  adjust()
  return {
    get state() {
      return machine.state
    },
    get machine() {
      return machine.get(namespace, name)
    },
    get instance() {
      return instance.get(namespace, name)
    },
    get pods() {
      return podsThere.list()
    },
    get dataVolumes() {
      return [...disks.values()].flatMap((view) => view.list())
    },
    get events() {
      return [...happened.values()].flatMap((view) => view.list())
    },
    stop() {
      stopped = true
      for (const view of [machine, instance, podsThere, ...disks.values(), ...happened.values()]) view.stop()
    },
  }
}

function keepOnly<T>(
  views: Map<string, View<T & KubeObject>>,
  names: ReadonlySet<string>,
  make: (name: string) => View<T & KubeObject>,
): void {
  for (const [name, view] of views) {
    if (names.has(name)) continue
    views.delete(name)
    view.stop()
  }
  for (const name of names) if (!views.has(name)) views.set(name, make(name))
}
