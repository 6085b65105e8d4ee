/** What a guest is told of the hypervisor it runs on. */

export interface HypervisorFeatures {
  /** The guest does not find the hypervisor's signature. */
  hidden?: boolean
  /** The end of an interrupt is told without leaving the guest; KVM only. */
  endOfInterrupt?: boolean
  /** A processor that waits for a lock gives its time away; KVM only. */
  pvSpinlock?: boolean
  /** What Windows knows to use; KVM only. */
  hyperv?: HypervFeatures
}

export interface HypervFeatures {
  flags: HypervFlag[]
  /** Tries before a waiting processor tells of it. */
  spinlockRetries?: number
  /** At most twelve characters. */
  vendorId?: string
  /** Everything this host has. */
  passthrough?: boolean
}

/** The property of QEMU's processors behind each. */
export const hypervProperties = {
  relaxed: 'hv-relaxed',
  vapic: 'hv-vapic',
  vpindex: 'hv-vpindex',
  runtime: 'hv-runtime',
  synic: 'hv-synic',
  synictimer: 'hv-stimer',
  synictimerDirect: 'hv-stimer-direct',
  reset: 'hv-reset',
  frequencies: 'hv-frequencies',
  reenlightenment: 'hv-reenlightenment',
  tlbflush: 'hv-tlbflush',
  tlbflushDirect: 'hv-tlbflush-direct',
  tlbflushExtended: 'hv-tlbflush-ext',
  ipi: 'hv-ipi',
  evmcs: 'hv-evmcs',
  time: 'hv-time',
} as const

export type HypervFlag = keyof typeof hypervProperties
