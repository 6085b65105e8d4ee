/** Where a machine may run, in core/v1's words. */

export interface SelectorRequirement {
  key: string
  operator: string
  values?: string[]
}

export interface LabelSelectorTerms {
  matchLabels?: Record<string, string>
  matchExpressions?: SelectorRequirement[]
}

export interface NodeSelectorTerm {
  matchExpressions?: SelectorRequirement[]
  matchFields?: SelectorRequirement[]
}

export interface PodAffinityTerm {
  labelSelector?: LabelSelectorTerms
  namespaces?: string[]
  namespaceSelector?: LabelSelectorTerms
  topologyKey: string
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
}

export interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]
  preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; podAffinityTerm: PodAffinityTerm }[]
}

export interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] }
    preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; preference: NodeSelectorTerm }[]
  }
  podAffinity?: PodAffinity
  podAntiAffinity?: PodAffinity
}

export interface Toleration {
  key?: string
  /** `Equal` when absent. */
  operator?: string
  value?: string
  /** Every effect when absent or empty. */
  effect?: string
  tolerationSeconds?: number
}

export interface TopologySpreadConstraint {
  maxSkew: number
  topologyKey: string
  whenUnsatisfiable: string
  labelSelector?: LabelSelectorTerms
  minDomains?: number
  matchLabelKeys?: string[]
  nodeAffinityPolicy?: string
  nodeTaintsPolicy?: string
}
