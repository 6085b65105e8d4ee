/** All that an explanation is worked out from: what the API says, as far as the person may read it. */

import type { Condition, KubeObject } from '@berth/meta'
import type { DataVolume } from '../types/data-volume.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'

export interface ClaimFact extends KubeObject {
  spec: { storageClassName?: string; volumeName?: string; resources?: { requests?: Record<string, string> } }
  status?: { phase?: string; conditions?: Condition[] }
}

export interface StorageClassFact extends KubeObject {
  provisioner?: string
  volumeBindingMode?: string
}

export interface NodeFact extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] }
  status?: { conditions?: Condition[] }
}

export interface PodFact extends KubeObject {
  status?: { phase?: string; conditions?: Condition[]; containerStatuses?: ContainerStatusFact[] }
}

export interface ContainerStatusFact {
  name: string
  image?: string
  state?: { waiting?: { reason?: string; message?: string } }
}

export interface EventFact extends KubeObject {
  involvedObject: { kind?: string; name?: string }
  type?: string
  reason?: string
  message?: string
  lastTimestamp?: string | null
  eventTime?: string | null
}

/** What could not be read, in the server's words. */
export interface Unread {
  what: string
  why: string
}

export interface WhyFacts {
  machine: VirtualMachine
  /** There is an instance alone, and `machine` stands for what would have made it. */
  standalone?: boolean
  instance: VirtualMachineInstance | undefined
  /** Those that the machine names and that are there. */
  dataVolumes: readonly DataVolume[]
  claims: readonly ClaimFact[]
  /** Published images that its disks are made from and that are there, as `namespace/name`. */
  sources: ReadonlySet<string>
  classes: readonly StorageClassFact[]
  nodes: readonly NodeFact[]
  /** Of the instance. */
  pods: readonly PodFact[]
  /** About the machine, its instance and its disks. */
  events: readonly EventFact[]
  /** Secrets and config maps that its disks are made of and that are not there. */
  missingInputs: readonly { kind: string; name: string }[]
  unread: readonly Unread[]
}
