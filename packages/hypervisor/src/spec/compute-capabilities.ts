/** What this host can do about processors and memory. */

export interface ComputeCapabilities {
  processor: ProcessorCapabilities
  /** Pools of huge pages of this host that have any. */
  hugePages: HugePagePool[]
  /** Processors of the host that machines can have for themselves: all but what the host keeps. */
  dedicatedProcessors: number
  /** NUMA nodes of the host; 0 where it tells of none. */
  numaNodes: number
  /** Why memory cannot be locked here; absent where it can. */
  noLockedMemory?: string
  /** Why processors cannot have realtime priority; absent where they can. */
  noRealtime?: string
  /** Why guest memory cannot be encrypted, by the kind of encryption. */
  noEncryption: Record<MemoryEncryption, string>
}

export type MemoryEncryption = 'sev' | 'snp' | 'tdx'

/** Processors as this acceleration makes them. */
export interface ProcessorCapabilities {
  /** What this host lacks of each model; empty where the model runs whole. */
  missing: Record<string, string[]>
  /** Every feature QEMU knows, and whether a guest can have it here. */
  features: Record<string, boolean>
  /** Other switches of a processor that this QEMU knows (`hv-relaxed`, `kvm-pv-eoi`). */
  switches: string[]
}

export interface HugePagePool {
  pageBytes: number
  /** Pages the host has or may make. */
  pages: number
}
