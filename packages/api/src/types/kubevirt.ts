/** KubeVirt (kubevirt.io/v1): the installation itself, with the configuration of everything it runs. */

import type { Condition, KubeObject, LabelSelectorObject } from '@berth/meta'
import type { TrackingSelectors } from '../backups/tracking.ts'
import type { ResourceRequirements } from './core.ts'
import type { EvictionStrategy } from './instance.ts'

/** A quantity may also be written as a number. */
type QuantityText = string | number

export interface ArchitectureSettings {
  machineType?: string
  /** Patterns with `*` of machine types a machine may have. */
  emulatedMachines?: string[]
  ovmfPath?: string
}

export interface MigrationSettings {
  nodeDrainTaintKey?: string
  parallelOutboundMigrationsPerNode?: number
  parallelMigrationsPerCluster?: number
  allowAutoConverge?: boolean
  bandwidthPerMigration?: QuantityText
  completionTimeoutPerGiB?: number
  progressTimeout?: number
  maxDowntimeMs?: number
  utilityVolumesTimeout?: number
  unsafeMigrationOverride?: boolean
  allowPostCopy?: boolean
  allowWorkloadDisruption?: boolean
  disableTLS?: boolean
  network?: string
  matchSELinuxLevelOnMigration?: boolean
}

export interface LogVerbosity {
  virtAPI?: number
  virtController?: number
  virtHandler?: number
  virtLauncher?: number
  virtOperator?: number
  virtSynchronizationController?: number
  nodeVerbosity?: Record<string, number>
}

export interface NetworkBindingPlugin {
  sidecarImage?: string
  networkAttachmentDefinition?: string
  domainAttachmentType?: string
  migration?: { method?: string }
  downwardAPI?: string
  computeResourceOverhead?: ResourceRequirements
}

export interface PermittedHostDevices {
  pciHostDevices?: { pciVendorSelector: string; resourceName: string; externalResourceProvider?: boolean }[]
  mediatedDevices?: { mdevNameSelector: string; resourceName: string; externalResourceProvider?: boolean }[]
  usb?: {
    resourceName: string
    selectors?: { vendor: string; product: string }[]
    externalResourceProvider?: boolean
  }[]
}

export type InstancetypeReferencePolicy = 'reference' | 'expand' | 'expandAll'

export interface KubeVirtConfiguration {
  additionalGuestMemoryOverheadRatio?: string
  architectureConfiguration?: {
    amd64?: ArchitectureSettings
    arm64?: ArchitectureSettings
    s390x?: ArchitectureSettings
    ppc64le?: ArchitectureSettings
    defaultArchitecture?: string
  }
  autoCPULimitNamespaceLabelSelector?: LabelSelectorObject
  changedBlockTrackingLabelSelectors?: TrackingSelectors
  commonInstancetypesDeployment?: { enabled?: boolean }
  cpuModel?: string
  cpuRequest?: QuantityText
  defaultRuntimeClass?: string
  developerConfiguration?: {
    featureGates?: string[]
    disabledFeatureGates?: string[]
    cpuAllocationRatio?: number
    memoryOvercommit?: number
    useEmulation?: boolean
    nodeSelectors?: Record<string, string>
    minimumClusterTSCFrequency?: number
    minimumReservePVCBytes?: number
    pvcTolerateLessSpaceUpToPercent?: number
    diskVerification?: { memoryLimit?: QuantityText }
    logVerbosity?: LogVerbosity
    clusterProfiler?: boolean
  }
  emulatedMachines?: string[]
  evictionStrategy?: EvictionStrategy
  imagePullPolicy?: string
  instancetype?: { referencePolicy?: InstancetypeReferencePolicy }
  liveUpdateConfiguration?: { maxHotplugRatio?: number; maxCpuSockets?: number; maxGuest?: QuantityText }
  machineType?: string
  mediatedDevicesConfiguration?: {
    mediatedDevicesTypes?: string[]
    nodeMediatedDeviceTypes?: { mediatedDevicesTypes?: string[] }[]
  }
  memBalloonStatsPeriod?: number
  migrations?: MigrationSettings
  minCPUModel?: string
  network?: {
    defaultNetworkInterface?: string
    permitBridgeInterfaceOnPodNetwork?: boolean
    permitSlirpInterface?: boolean
    binding?: Record<string, NetworkBindingPlugin>
  }
  obsoleteCPUModels?: Record<string, boolean>
  ovmfPath?: string
  permittedHostDevices?: PermittedHostDevices
  persistentReservationConfiguration?: { enabled?: boolean }
  roleAggregationStrategy?: 'AggregateToDefault' | 'Manual'
  seccompConfiguration?: {
    virtualMachineInstanceProfile?: {
      customProfile?: { localhostProfile?: string; runtimeDefaultProfile?: boolean }
    }
  }
  smbios?: { manufacturer?: string; product?: string; version?: string; sku?: string; family?: string }
  supportedGuestAgentVersions?: string[]
  tlsConfiguration?: { minTLSVersion?: string; ciphers?: string[] }
  virtTemplateDeployment?: { enabled?: boolean }
  virtualMachineInstancesPerNode?: number
  virtualMachineOptions?: { disableFreePageReporting?: object; disableSerialConsoleLog?: object }
  vmRolloutStrategy?: 'LiveUpdate' | 'Stage'
  vmStateStorageClass?: string
}

export interface KubeVirtSpec {
  configuration?: KubeVirtConfiguration
  certificateRotateStrategy?: {
    selfSigned?: {
      caRotateInterval?: string
      certRotateInterval?: string
      caOverlapInterval?: string
      ca?: { duration?: string; renewBefore?: string }
      server?: { duration?: string; renewBefore?: string }
    }
  }
  customizeComponents?: { patches?: { patch: string }[] }
  infra?: { replicas?: number }
  uninstallStrategy?: string
  workloadUpdateStrategy?: {
    workloadUpdateMethods?: string[]
    batchEvictionSize?: number
    batchEvictionInterval?: string
  }
}

export interface KubeVirtStatus {
  phase?: string
  operatorVersion?: string
  observedKubeVirtVersion?: string
  targetKubeVirtVersion?: string
  observedKubeVirtRegistry?: string
  targetKubeVirtRegistry?: string
  observedDeploymentID?: string
  targetDeploymentID?: string
  observedDeploymentConfig?: string
  targetDeploymentConfig?: string
  defaultArchitecture?: string
  outdatedVirtualMachineInstanceWorkloads?: number
  observedGeneration?: number
  conditions?: Condition[]
  generations?: object[]
}

export interface KubeVirt extends KubeObject {
  spec: KubeVirtSpec
  status?: KubeVirtStatus
}
