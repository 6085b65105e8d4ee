/** What a host can do about processors and memory, as admission needs it. */

export interface ComputeAbilities {
  acceleration: 'kvm' | 'tcg'
  /** Why not KVM, in words for a person. */
  accelerationReason?: string
  /** CPU models, and what this host lacks of each. A model that lacks nothing runs. */
  cpuModels: Readonly<Record<string, readonly string[]>>
  /** Every CPU feature the emulator knows, and whether a guest can have it. */
  cpuFeatures: Readonly<Record<string, boolean>>
  /** Other switches of the emulator's processors (`hv-relaxed`). */
  cpuSwitches: readonly string[]
  /** Sizes of huge pages that this host has a pool of, in bytes. */
  hugePageSizes: readonly number[]
  /** NUMA nodes of the host; 0 where it tells of none. */
  numaNodes: number
  /** Processors of the host that machines can have for themselves. */
  dedicatedProcessors: number
  /** Why memory cannot be locked; absent where it can. */
  noLockedMemory?: string
  /** Why processors cannot have realtime priority; absent where they can. */
  noRealtime?: string
  /** Why guest memory cannot be encrypted. */
  noEncryption: Readonly<Record<'sev' | 'snp' | 'tdx', string>>
}
