/** Kinds that hold several machines of one template, and the presets that change instances as they are made. */

import type { Condition, KubeObject, LabelSelectorObject } from '@berth/meta'
import type { TemplateMetadata } from './core.ts'
import type { DomainSpec } from './domain.ts'
import type { VirtualMachineInstanceSpec } from './instance.ts'
import type { VirtualMachineSpec } from './machine.ts'
import type { SelectorRequirement } from './placement.ts'

export interface ReplicaStatus {
  replicas?: number
  readyReplicas?: number
  labelSelector?: string
  conditions?: Condition[]
}

export interface VirtualMachineInstanceReplicaSet extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelectorObject
    template: { metadata?: TemplateMetadata | null; spec: VirtualMachineInstanceSpec }
    paused?: boolean
  }
  status?: ReplicaStatus | null
}

/** How machines are chosen: by label, and in which order. */
export interface PoolSelectionPolicy {
  /** Both must match where both are given. */
  selectors?: { labelSelector?: LabelSelectorObject; nodeSelectorRequirementMatcher?: SelectorRequirement[] }
  sortPolicy?: 'AscendingOrder' | 'DescendingOrder' | 'Newest' | 'Oldest' | 'Random'
}

export type StatePreservation = 'Disabled' | 'Offline' | 'Online'

export interface VirtualMachinePool extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelectorObject
    virtualMachineTemplate: { metadata?: TemplateMetadata | null; spec: VirtualMachineSpec }
    paused?: boolean
    maxUnavailable?: number | string
    nameGeneration?: { appendIndexToConfigMapRefs?: boolean; appendIndexToSecretRefs?: boolean }
    scaleInStrategy?: {
      proactive?: { selectionPolicy?: PoolSelectionPolicy; statePreservation?: StatePreservation }
      opportunistic?: { statePreservation?: StatePreservation }
      unmanaged?: object
    }
    updateStrategy?: {
      proactive?: { selectionPolicy?: PoolSelectionPolicy }
      opportunistic?: object
      unmanaged?: object
    }
    autohealing?: { startUpFailureThreshold?: number; minFailingToStartDuration?: string }
  }
  status?: ReplicaStatus
}

/** Deprecated in favour of preferences. */
export interface VirtualMachineInstancePreset extends KubeObject {
  spec: { selector: LabelSelectorObject; domain?: DomainSpec }
}
