/** VirtualMachineInstance (kubevirt.io/v1): a machine that runs, or ran. */

import type { Condition, KubeObject } from '@berth/meta'
import type { AccessCredential } from './access-credential.ts'
import type { ChangedBlockTrackingStatus } from './backup.ts'
import type { QosClass } from './core.ts'
import type { DomainSpec } from './domain.ts'
import type { Affinity, Toleration, TopologySpreadConstraint } from './placement.ts'
import type { Probe } from './probe.ts'
import type { MigratedVolume, Network, Volume } from './volume.ts'

export type EvictionStrategy = 'None' | 'LiveMigrate' | 'LiveMigrateIfPossible' | 'External'

export interface DnsConfig {
  nameservers?: string[]
  searches?: string[]
  options?: { name?: string; value?: string }[]
}

export interface VirtualMachineInstanceSpec {
  accessCredentials?: AccessCredential[]
  affinity?: Affinity
  architecture?: string
  dnsConfig?: DnsConfig
  dnsPolicy?: string
  domain: DomainSpec
  evictionStrategy?: EvictionStrategy
  hostname?: string
  livenessProbe?: Probe
  networks?: Network[]
  nodeSelector?: Record<string, string>
  priorityClassName?: string
  readinessProbe?: Probe
  resourceClaims?: { name: string; resourceClaimName?: string; resourceClaimTemplateName?: string }[]
  schedulerName?: string
  serviceAccountName?: string
  startStrategy?: 'Paused'
  subdomain?: string
  terminationGracePeriodSeconds?: number
  tolerations?: Toleration[]
  topologySpreadConstraints?: TopologySpreadConstraint[]
  utilityVolumes?: { name: string; claimName: string; readOnly?: boolean; type?: string }[]
  volumes?: Volume[]
}

export const instancePhases = [
  'Pending',
  'Scheduling',
  'Scheduled',
  'Running',
  'Succeeded',
  'Failed',
  'WaitingForSync',
  'Unknown',
] as const
export type InstancePhase = (typeof instancePhases)[number]

export interface PhaseTransition {
  phase: InstancePhase
  phaseTransitionTimestamp: string
}

export interface InstanceInterfaceStatus {
  name?: string
  ipAddress?: string
  ipAddresses?: string[]
  mac?: string
  /** Joined by `, `: domain, guest-agent, multus-status. */
  infoSource?: string
  interfaceName?: string
  podInterfaceName?: string
  queueCount?: number
  linkState?: string
}

export interface InstanceVolumeStatus {
  name: string
  /** The device in the guest: vda, sda. */
  target: string
  phase?: string
  reason?: string
  message?: string
  size?: number
  /** It came after the start; set as soon as it is being attached. */
  hotplugVolume?: object
  memoryDumpVolume?: { claimName?: string }
  persistentVolumeClaimInfo?: {
    claimName?: string
    accessModes?: string[]
    volumeMode?: string
    capacity?: Record<string, string>
    requests?: Record<string, string>
    filesystemOverhead?: string
  }
}

export interface VirtualMachineInstanceStatus {
  phase?: InstancePhase
  phaseTransitionTimestamps?: PhaseTransition[]
  nodeName?: string
  reason?: string
  conditions?: Condition[]
  interfaces?: InstanceInterfaceStatus[]
  guestOSInfo?: Record<string, string>
  volumeStatus?: InstanceVolumeStatus[]
  /** Volumes that are being moved to other storage. */
  migratedVolumes?: MigratedVolume[]
  qosClass?: QosClass
  activePods?: Record<string, string>
  migrationState?: {
    startTimestamp?: string | null
    endTimestamp?: string | null
    migrationUid?: string
    completed?: boolean
    failed?: boolean
  }
  migrationMethod?: string
  migrationTransport?: string
  /** Set while the machine is to leave that node. */
  evacuationNodeName?: string
  selinuxContext?: string
  /** The machine's address on the host's vsock. */
  VSOCKCID?: number
  virtualMachineRevisionName?: string
  launcherContainerImageVersion?: string
  runtimeUser?: number
  machine?: { type?: string }
  currentCPUTopology?: { sockets?: number; cores?: number; threads?: number }
  topologyHints?: { tscFrequency?: number }
  memory?: { guestAtBoot?: string; guestCurrent?: string; guestRequested?: string; memoryOverhead?: string }
  fsFreezeStatus?: string
  changedBlockTracking?: ChangedBlockTrackingStatus | null
}

export interface VirtualMachineInstance extends KubeObject {
  spec: VirtualMachineInstanceSpec
  status?: VirtualMachineInstanceStatus
}
