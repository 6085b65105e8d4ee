/** Processors of a machine: model, features, topology, and where they run. */

/**
 * `force`: the guest is told of it whether this host has it or not. `require`, `forbid`: the machine does not start unless this host
 * has, or lacks, it. `optional`: the guest gets it where the host has it. `disable`: the guest never gets it.
 */
export type CpuFeaturePolicy = 'force' | 'require' | 'optional' | 'disable' | 'forbid'

export interface CpuFeature {
  name: string
  policy: CpuFeaturePolicy
}

export interface CpuSpec {
  /** `max`, `host`, `qemu64`, …; undefined lets the driver choose the best this acceleration has. */
  model?: string
  features: CpuFeature[]
  sockets: number
  cores: number
  threads: number
  /** Sockets the machine has room for; absent: as many as it has. */
  maxSockets?: number
  /** Each processor of the guest has one of the host for itself. */
  dedicated?: DedicatedProcessors
}

export interface DedicatedProcessors {
  /** QEMU's own threads run on one more processor of the host, away from the guest's. */
  isolateEmulator: boolean
  /** The guest's NUMA nodes are those of the host its processors are on; needs huge pages. */
  numa: boolean
  /** Indexes of the guest's processors that go before everything else on theirs (SCHED_FIFO). */
  realtime?: number[]
}
