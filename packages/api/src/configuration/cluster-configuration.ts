/**
 * What the KubeVirt custom resource says about this installation, with the default of every setting it leaves out. Admission, defaulting
 * and the controllers ask this, never the resource. Source of the defaults: KubeVirt's own; where Berth's differs it says why.
 */

import { formatQuantity, parseQuantity, type LabelSelectorObject } from '@berth/meta'
import type { TrackingSelectors } from '../backups/tracking.ts'
import type { EvictionStrategy } from '../types/instance.ts'
import type {
  InstancetypeReferencePolicy,
  KubeVirtConfiguration,
  LogVerbosity,
  NetworkBindingPlugin,
  PermittedHostDevices,
} from '../types/kubevirt.ts'
import { gateEnabled, type FeatureGate } from './gates.ts'

export interface MigrationConfiguration {
  nodeDrainTaintKey: string
  parallelOutboundMigrationsPerNode: number
  parallelMigrationsPerCluster: number
  allowAutoConverge: boolean
  /** Bytes a second as a quantity; `0` is unlimited. */
  bandwidthPerMigration: string
  /** Seconds for each 10^9 bytes of the guest. */
  completionTimeoutPerGiB: number
  /** Seconds without progress. */
  progressTimeout: number
  maxDowntimeMs: number
  /** Seconds. */
  utilityVolumesTimeout: number
  unsafeMigrationOverride: boolean
  allowPostCopy: boolean
  allowWorkloadDisruption: boolean
  disableTLS: boolean
  /** A NetworkAttachmentDefinition for the traffic. */
  network?: string
}

export interface ClusterConfiguration {
  /** Whether a feature gate is on. */
  enabled(gate: FeatureGate): boolean
  /** The machine type of a template that names none. */
  machineType(architecture: string | undefined): string
  /** Patterns (with `*`) a machine type must match one of. */
  allowedMachineTypes(architecture: string | undefined): readonly string[]
  /** For a template that names none; undefined leaves it to the architecture. */
  cpuModel?: string
  minCpuModel?: string
  /** Models no guest should ask for. */
  obsoleteCpuModels: Readonly<Record<string, boolean>>
  /** What an instance asks of its node for each vCPU when nothing else says so. */
  cpuRequest: string
  /** vCPUs on one physical CPU. */
  cpuAllocationRatio: number
  /** Percent of the guest's memory that is given for what is asked: 150 asks the node for two thirds. */
  memoryOvercommit: number
  /** Factor on the memory a machine needs beside its guest's. */
  additionalGuestMemoryOverheadRatio: number
  evictionStrategy: EvictionStrategy
  /** Binding of a network card that names none. */
  defaultNetworkInterface: 'masquerade' | 'bridge'
  permitBridgeInterfaceOnPodNetwork: boolean
  networkBindings: Readonly<Record<string, NetworkBindingPlugin>>
  /** Whether CPU, memory and placement change in a running machine, or at its next start. */
  vmRolloutStrategy: 'LiveUpdate' | 'Stage'
  liveUpdate: { maxHotplugRatio: number; maxCpuSockets?: number; maxGuest?: string }
  migrations: MigrationConfiguration
  permittedHostDevices: Required<PermittedHostDevices>
  instancetypeReferencePolicy: InstancetypeReferencePolicy
  /** Whether the common instance types and preferences are kept installed. */
  commonInstancetypes: boolean
  disableFreePageReporting: boolean
  disableSerialConsoleLog: boolean
  /** What a guest's firmware says of its maker. */
  smbios: { manufacturer: string; product: string; version?: string; sku?: string; family: string }
  /** Patterns of guest agent versions. */
  supportedGuestAgentVersions: readonly string[]
  logVerbosity: Required<LogVerbosity>
  /** Namespaces whose instances get a CPU limit equal to their vCPUs. */
  autoCpuLimitNamespaces?: LabelSelectorObject
  /** Machines the writes to whose disks are counted, for incremental backups. */
  trackedMachines?: TrackingSelectors
  /** Storage class of TPM and firmware state. */
  vmStateStorageClass?: string
  persistentReservation: boolean
  /** Seconds between two looks at a guest's memory statistics; 0 turns them off. */
  memBalloonStatsPeriod: number
  /** Labels a node must have for every instance. */
  nodeSelectors: Readonly<Record<string, string>>
  /** Whether the default roles are part of admin, edit and view. */
  aggregateRoles: boolean
  workloadUpdateMethods: readonly string[]
}

const allowedMachineTypes: Record<string, readonly string[]> = {
  amd64: ['q35*', 'pc-q35*'],
  arm64: ['virt*'],
  s390x: ['s390-ccw-virtio*'],
}
const machineTypes: Record<string, string> = { amd64: 'q35', arm64: 'virt', s390x: 's390-ccw-virtio' }

/** A level KubeVirt's components log at unless told otherwise. */
const defaultVerbosity = 2

/**
 * @param configuration `spec.configuration` of the KubeVirt resource, checked by its admission
 * @param workloadUpdateMethods `spec.workloadUpdateStrategy.workloadUpdateMethods`
 */
export function resolveConfiguration(
  configuration: Readonly<KubeVirtConfiguration> = {},
  workloadUpdateMethods: readonly string[] = [],
): ClusterConfiguration {
  const { developerConfiguration: developer = {}, network = {}, smbios = {} } = configuration
  const { liveUpdateConfiguration: liveUpdate = {}, virtualMachineOptions: options = {} } = configuration
  const { permittedHostDevices: devices = {} } = configuration
  return {
    enabled: (gate) => gateEnabled(gate, developer),
    machineType: (architecture) => machineTypeOf(configuration, architecture),
    allowedMachineTypes: (architecture) => allowedFor(configuration, architecture),
    ...present('cpuModel', configuration.cpuModel),
    ...present('minCpuModel', configuration.minCPUModel),
    obsoleteCpuModels: configuration.obsoleteCPUModels ?? {},
    cpuRequest: quantity(configuration.cpuRequest) ?? '100m',
    cpuAllocationRatio: developer.cpuAllocationRatio ?? 10,
    memoryOvercommit: developer.memoryOvercommit ?? 100,
    additionalGuestMemoryOverheadRatio: Number(configuration.additionalGuestMemoryOverheadRatio ?? 1),
    evictionStrategy: configuration.evictionStrategy ?? 'None',
    // KubeVirt's is bridge, which has no meaning without a network of pods.
    defaultNetworkInterface: network.defaultNetworkInterface === 'bridge' ? 'bridge' : 'masquerade',
    permitBridgeInterfaceOnPodNetwork: network.permitBridgeInterfaceOnPodNetwork ?? true,
    networkBindings: network.binding ?? {},
    vmRolloutStrategy: configuration.vmRolloutStrategy ?? 'LiveUpdate',
    liveUpdate: {
      maxHotplugRatio: liveUpdate.maxHotplugRatio ?? 4,
      ...present('maxCpuSockets', liveUpdate.maxCpuSockets),
      ...present('maxGuest', quantity(liveUpdate.maxGuest)),
    },
    migrations: migrationsOf(configuration),
    permittedHostDevices: {
      pciHostDevices: devices.pciHostDevices ?? [],
      mediatedDevices: devices.mediatedDevices ?? [],
      usb: devices.usb ?? [],
    },
    instancetypeReferencePolicy: configuration.instancetype?.referencePolicy ?? 'reference',
    commonInstancetypes: configuration.commonInstancetypesDeployment?.enabled ?? true,
    disableFreePageReporting: options.disableFreePageReporting !== undefined,
    disableSerialConsoleLog: options.disableSerialConsoleLog !== undefined,
    smbios: {
      manufacturer: smbios.manufacturer ?? 'KubeVirt',
      product: smbios.product ?? 'None',
      family: smbios.family ?? 'KubeVirt',
      ...present('version', smbios.version),
      ...present('sku', smbios.sku),
    },
    supportedGuestAgentVersions: configuration.supportedGuestAgentVersions ?? ['2.*', '3.*', '4.*', '5.*'],
    logVerbosity: verbosityOf(developer.logVerbosity),
    ...present('autoCpuLimitNamespaces', configuration.autoCPULimitNamespaceLabelSelector),
    ...present('trackedMachines', configuration.changedBlockTrackingLabelSelectors),
    ...present('vmStateStorageClass', configuration.vmStateStorageClass),
    persistentReservation:
      configuration.persistentReservationConfiguration?.enabled ??
      developer.featureGates?.includes('PersistentReservation') ??
      false,
    memBalloonStatsPeriod: configuration.memBalloonStatsPeriod ?? 10,
    nodeSelectors: developer.nodeSelectors ?? {},
    aggregateRoles: configuration.roleAggregationStrategy !== 'Manual',
    workloadUpdateMethods,
  }
}

/** An installation nobody has configured. */
export const defaultConfiguration: ClusterConfiguration = resolveConfiguration()

function machineTypeOf(configuration: Readonly<KubeVirtConfiguration>, architecture = 'amd64'): string {
  // Older than the setting for each architecture, and stronger.
  if (configuration.machineType !== undefined && configuration.machineType !== '') return configuration.machineType
  const own = settingsOf(configuration, architecture)?.machineType
  return own === undefined || own === '' ? (machineTypes[architecture] ?? 'q35') : own
}

function allowedFor(configuration: Readonly<KubeVirtConfiguration>, architecture = 'amd64'): readonly string[] {
  return (
    configuration.emulatedMachines ??
    settingsOf(configuration, architecture)?.emulatedMachines ??
    allowedMachineTypes[architecture] ??
    []
  )
}

function settingsOf(
  { architectureConfiguration: all }: Readonly<KubeVirtConfiguration>,
  architecture: string,
): { machineType?: string; emulatedMachines?: string[] } | undefined {
  if (architecture === 'arm64') return all?.arm64
  if (architecture === 's390x') return all?.s390x
  return all?.amd64
}

function migrationsOf({ migrations = {} }: Readonly<KubeVirtConfiguration>): MigrationConfiguration {
  const allowPostCopy = migrations.allowPostCopy ?? false
  return {
    nodeDrainTaintKey: migrations.nodeDrainTaintKey ?? 'kubevirt.io/drain',
    parallelOutboundMigrationsPerNode: migrations.parallelOutboundMigrationsPerNode ?? 2,
    parallelMigrationsPerCluster: migrations.parallelMigrationsPerCluster ?? 5,
    allowAutoConverge: migrations.allowAutoConverge ?? false,
    bandwidthPerMigration: quantity(migrations.bandwidthPerMigration) ?? '0',
    completionTimeoutPerGiB: migrations.completionTimeoutPerGiB ?? 150,
    progressTimeout: migrations.progressTimeout ?? 150,
    maxDowntimeMs: migrations.maxDowntimeMs ?? 900,
    utilityVolumesTimeout: migrations.utilityVolumesTimeout ?? 150,
    unsafeMigrationOverride: migrations.unsafeMigrationOverride ?? false,
    allowPostCopy,
    allowWorkloadDisruption: migrations.allowWorkloadDisruption ?? allowPostCopy,
    disableTLS: migrations.disableTLS ?? false,
    ...present('network', migrations.network),
  }
}

function verbosityOf(given: LogVerbosity = {}): Required<LogVerbosity> {
  return {
    virtAPI: given.virtAPI ?? defaultVerbosity,
    virtController: given.virtController ?? defaultVerbosity,
    virtHandler: given.virtHandler ?? defaultVerbosity,
    virtLauncher: given.virtLauncher ?? defaultVerbosity,
    virtOperator: given.virtOperator ?? defaultVerbosity,
    virtSynchronizationController: given.virtSynchronizationController ?? 0,
    nodeVerbosity: given.nodeVerbosity ?? {},
  }
}

/** In canonical form, as a string. */
function quantity(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : formatQuantity(parseQuantity(String(value)))
}

/** A member that is left out where it has no value, as exact optional properties want it. */
function present<Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } {
  // One computed member: TypeScript widens its name to string.
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: T }
}
