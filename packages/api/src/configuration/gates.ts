/** KubeVirt's feature gates with their stages, and whether one is on. */

/** General availability: on whatever the configuration says. Beta: on unless disabled. The others: off unless enabled. */
export type GateStage = 'GA' | 'Beta' | 'Alpha' | 'Deprecated' | 'Discontinued'

/** Source: KubeVirt's list of gates at the version whose API is served. */
export const gateStages = {
  AlignCPUs: 'Alpha',
  AutoResourceLimitsGate: 'GA',
  BochsDisplayForEFIGuests: 'GA',
  CPUManager: 'Alpha',
  CPUNodeDiscovery: 'GA',
  ClusterProfiler: 'GA',
  CommonInstancetypesDeploymentGate: 'GA',
  ConfigurableHypervisor: 'Alpha',
  ContainerPathVolumes: 'Alpha',
  CrossArchitectureVirtualization: 'Alpha',
  DecentralizedLiveMigration: 'Beta',
  DeclarativeHotplugVolumes: 'Beta',
  DisableCustomSELinuxPolicy: 'GA',
  DisableMDEVConfiguration: 'Deprecated',
  DockerSELinuxMCSWorkaround: 'Deprecated',
  DownwardMetrics: 'Alpha',
  DynamicPodInterfaceNaming: 'GA',
  EnableVirtioFsConfigVolumes: 'GA',
  EnableVirtioFsStorageVolumes: 'Alpha',
  ExpandDisks: 'GA',
  ExperimentalIgnitionSupport: 'Alpha',
  ExperimentalVirtiofsSupport: 'Discontinued',
  ExternalNetResourceInjection: 'Beta',
  FirmwareAutoSelection: 'Alpha',
  GPU: 'GA',
  GPUsWithDRA: 'Beta',
  GraceIOVirtualization: 'Alpha',
  HostDevices: 'Alpha',
  HostDevicesWithDRA: 'Beta',
  HostDisk: 'Alpha',
  HotplugNICs: 'GA',
  HotplugVolumes: 'Deprecated',
  HypervStrictCheck: 'Alpha',
  IOMMUFD: 'Alpha',
  ImageVolume: 'Beta',
  IncrementalBackup: 'Alpha',
  InstancetypeReferencePolicy: 'GA',
  KubevirtSeccompProfile: 'Beta',
  LibvirtHooksServerAndClient: 'GA',
  LiveMigration: 'GA',
  LiveUpdateNADRef: 'GA',
  Macvtap: 'Discontinued',
  MigrationDowntimeTuning: 'Alpha',
  MigrationPriorityQueue: 'GA',
  MigrationStallDetection: 'Alpha',
  MultiArchitecture: 'Deprecated',
  NUMA: 'GA',
  NetworkBindingPlugins: 'GA',
  NetworkDevicesWithDRA: 'Alpha',
  NodeRestriction: 'Beta',
  NonRoot: 'GA',
  OCIExport: 'Alpha',
  ObjectGraph: 'Alpha',
  OptOutRoleAggregation: 'Beta',
  PCINUMAAwareTopology: 'Alpha',
  PSA: 'GA',
  PanicDevices: 'GA',
  Passt: 'Discontinued',
  PasstBinding: 'Beta',
  PasstIPStackMigration: 'Discontinued',
  PersistentReservation: 'GA',
  Plugins: 'Alpha',
  PodSecondaryInterfaceNamingUpgrade: 'Beta',
  PortRangesSpec: 'Alpha',
  RebootPolicy: 'Beta',
  ReservedOverheadMemlock: 'Alpha',
  Root: 'Alpha',
  SRIOVLiveMigration: 'GA',
  SecureExecution: 'GA',
  Sidecar: 'Alpha',
  Snapshot: 'Beta',
  Template: 'Beta',
  UtilityVolumes: 'Alpha',
  VGPULiveMigration: 'Alpha',
  VMExport: 'GA',
  VMLiveUpdateFeatures: 'GA',
  VMPersistentState: 'GA',
  VMStatsCollector: 'Alpha',
  VSOCK: 'Alpha',
  VideoConfig: 'GA',
  VmiMemoryOverheadReport: 'GA',
  VolumeMigration: 'GA',
  VolumesUpdateStrategy: 'GA',
  WorkloadEncryptionSEV: 'Beta',
  WorkloadEncryptionTDX: 'Alpha',
} as const satisfies Record<string, GateStage>

export type FeatureGate = keyof typeof gateStages

/**
 * On by default in Berth whatever their stage, so that a manifest's gate-keeping clients find them; one that is not GA can be
 * disabled. (CPU hotplug has no gate of its own any more: it is part of VMLiveUpdateFeatures.)
 */
export const productGates: readonly FeatureGate[] = [
  'LiveMigration',
  'Snapshot',
  'HotplugVolumes',
  'VMExport',
  'ExpandDisks',
  'HotplugNICs',
  'VMLiveUpdateFeatures',
]

export function isFeatureGate(name: string): name is FeatureGate {
  return Object.hasOwn(gateStages, name)
}

/** What `spec.configuration.developerConfiguration` says of gates. */
export interface GateLists {
  featureGates?: readonly string[]
  disabledFeatureGates?: readonly string[]
}

/** First match: GA, enabled, disabled, on by default. */
export function gateEnabled(gate: FeatureGate, lists: GateLists = {}): boolean {
  const stage: GateStage = gateStages[gate]
  if (stage === 'GA' || lists.featureGates?.includes(gate) === true) return true
  if (lists.disabledFeatureGates?.includes(gate) === true) return false
  return stage === 'Beta' || productGates.includes(gate)
}

const stageNames: Record<GateStage, string> = {
  GA: 'General Availability',
  Beta: 'Beta',
  Alpha: 'Alpha',
  Deprecated: 'Deprecated',
  Discontinued: 'Discontinued',
}

/** Gates whose warning differs from the general one. Source: KubeVirt's messages, which clients show. */
const ownWarnings: Partial<Record<FeatureGate, string>> = {
  DisableMDEVConfiguration: 'DisableMDEVConfiguration has been deprecated since v1.8.0',
  DockerSELinuxMCSWorkaround: 'DockerSELinuxMCSWorkaround has been deprecated since v1.4.',
  ExperimentalVirtiofsSupport:
    'Virtiofs ExperimentalVirtiofsSupport feature gate is discontinued since v1.7. Please use EnableVirtioFsConfigVolumes or EnableVirtioFsPVC feature gates instead',
  HotplugVolumes: 'HotplugVolumes has been deprecated since v1.9.0 and has been replaced by DeclarativeHotplugVolumes',
  Macvtap: 'Macvtap network binding is discontinued since v1.3. Please refer to Kubevirt user guide for alternatives.',
  MultiArchitecture: 'MultiArchitecture has been deprecated since v1.8.0',
  Passt: 'Passt network binding is discontinued since v1.3. Please refer to Kubevirt user guide for alternatives.',
  PasstIPStackMigration:
    'Seamless migration with passt network binding plugin is no longer supported since KubeVirt v1.8. Please use the passt core binding instead.',
}

/** What is said to who lists this gate as enabled; undefined for one that can be switched on in earnest. */
export function gateWarning(name: string): string | undefined {
  if (!isFeatureGate(name)) return `feature gate ${name} is not known to this version, so it has no effect.`
  const stage: GateStage = gateStages[name]
  if (stage === 'Alpha' || stage === 'Beta') return undefined
  return (
    ownWarnings[name] ??
    `feature gate ${name} is deprecated (feature state is "${stageNames[stage]}"), therefore it can be safely removed and is redundant. For more info, please look at: https://github.com/kubevirt/kubevirt/blob/main/docs/deprecation.md`
  )
}
