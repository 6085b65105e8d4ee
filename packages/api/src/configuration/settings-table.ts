/**
 * What the embedded engine makes of each field of a KubeVirt resource. A field is read, or refused with the reason, or (where it is about
 * how KubeVirt itself is installed, and changes nothing for a machine) taken with a warning.
 */

import { no, only, when, yes, type RuleTable } from '../honoured/rule.ts'
import type { KubeVirtSpec } from '../types/kubevirt.ts'

const noContainers = 'the embedded engine runs no containers'
const oneProcess = 'the embedded engine is one process, which nothing is deployed for'
const noMigrations = 'machines of the embedded engine do not move between hosts'
const noDrivers = 'the embedded engine does not set up devices of the host'

/** Read somewhere, or harmless (see {@link ineffective}). */
export const kubeVirtTable: RuleTable = {
  certificateRotateStrategy: yes,
  customizeComponents: yes,
  imagePullPolicy: yes,
  imagePullSecrets: yes,
  imageRegistry: yes,
  imageTag: yes,
  infra: yes,
  monitorAccount: yes,
  monitorNamespace: yes,
  productComponent: yes,
  productName: yes,
  productVersion: yes,
  serviceMonitorNamespace: yes,
  synchronizationPort: yes,
  uninstallStrategy: only(
    ['', 'RemoveWorkloads', 'BlockUninstallIfWorkloadsExist'],
    'one of RemoveWorkloads and BlockUninstallIfWorkloadsExist',
  ),
  workloadUpdateStrategy: yes,
  workloads: yes,
  'configuration.additionalGuestMemoryOverheadRatio': yes,
  'configuration.apiConfiguration': yes,
  'configuration.architectureConfiguration.amd64.machineType': yes,
  'configuration.architectureConfiguration.amd64.emulatedMachines': yes,
  'configuration.architectureConfiguration.amd64.ovmfPath': no('firmware is found where this host has it'),
  'configuration.architectureConfiguration.arm64.machineType': yes,
  'configuration.architectureConfiguration.arm64.emulatedMachines': yes,
  'configuration.architectureConfiguration.arm64.ovmfPath': no('firmware is found where this host has it'),
  'configuration.architectureConfiguration.defaultArchitecture': yes,
  'configuration.architectureConfiguration.ppc64le': yes,
  'configuration.architectureConfiguration.s390x': yes,
  'configuration.autoCPULimitNamespaceLabelSelector': no('the embedded engine does not limit processors by namespace'),
  'configuration.changedBlockTrackingLabelSelectors': yes,
  'configuration.commonInstancetypesDeployment': yes,
  'configuration.confidentialCompute': no('the embedded engine does not encrypt the memory of guests'),
  'configuration.controllerConfiguration': yes,
  'configuration.cpuModel': yes,
  'configuration.cpuRequest': yes,
  'configuration.defaultRuntimeClass': no(noContainers),
  'configuration.developerConfiguration.clusterProfiler': only([false], 'the embedded engine has no cluster profiler'),
  'configuration.developerConfiguration.cpuAllocationRatio': when((value) => positive(value)),
  'configuration.developerConfiguration.disabledFeatureGates': yes,
  'configuration.developerConfiguration.diskVerification': yes,
  'configuration.developerConfiguration.featureGates': yes,
  'configuration.developerConfiguration.logVerbosity': yes,
  'configuration.developerConfiguration.memoryOvercommit': when((value) => positive(value)),
  'configuration.developerConfiguration.minimumClusterTSCFrequency': no(noMigrations),
  'configuration.developerConfiguration.minimumReservePVCBytes': yes,
  'configuration.developerConfiguration.nodeSelectors': yes,
  'configuration.developerConfiguration.pvcTolerateLessSpaceUpToPercent': yes,
  'configuration.developerConfiguration.useEmulation': yes,
  'configuration.emulatedMachines': yes,
  'configuration.evictionStrategy': only(
    ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'],
    'one of None, LiveMigrate, LiveMigrateIfPossible and External',
  ),
  'configuration.handlerConfiguration': yes,
  'configuration.hypervisors[].name': only(['kvm'], 'the embedded engine runs QEMU, with KVM where the host has it'),
  'configuration.imagePullPolicy': yes,
  'configuration.instancetype': yes,
  'configuration.ksmConfiguration': no('the embedded engine leaves settings of the kernel to the host'),
  'configuration.liveUpdateConfiguration': yes,
  'configuration.machineType': yes,
  'configuration.mediatedDevicesConfiguration': no(noDrivers),
  'configuration.memBalloonStatsPeriod': yes,
  'configuration.migrations': yes,
  'configuration.minCPUModel': yes,
  'configuration.network.binding': no('the embedded engine has no plug-ins that bind networks'),
  'configuration.network.defaultNetworkInterface': only(
    ['masquerade'],
    'the embedded engine has no network of pods to bridge to: network cards without a binding are masqueraded',
  ),
  'configuration.network.permitBridgeInterfaceOnPodNetwork': yes,
  'configuration.network.permitSlirpInterface': yes,
  'configuration.obsoleteCPUModels': yes,
  'configuration.ovmfPath': no('firmware is found where this host has it'),
  'configuration.permittedHostDevices': yes,
  'configuration.persistentReservationConfiguration.enabled': only(
    [false],
    'the embedded engine does not pass on SCSI reservations',
  ),
  'configuration.roleAggregationStrategy': yes,
  'configuration.seccompConfiguration': yes,
  'configuration.selinuxLauncherType': yes,
  'configuration.smbios': yes,
  'configuration.supportContainerResources': yes,
  'configuration.supportedGuestAgentVersions': yes,
  'configuration.tlsConfiguration': no('the embedded engine takes TLS 1.2 and later, with the ciphers of its run-time'),
  'configuration.virtTemplateDeployment.enabled': only([false], 'the embedded engine has no templates'),
  'configuration.virtualMachineInstancesPerNode': yes,
  'configuration.virtualMachineOptions': yes,
  'configuration.vmRolloutStrategy': yes,
  'configuration.vmStateStorageClass': no('the state of TPMs and firmware lies with the machine, not in a claim'),
  'configuration.webhookConfiguration': yes,
}

function positive(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 ? undefined : 'must be greater than 0'
}

/** Fields that are taken and change nothing here, with the reason that is given as a warning. */
export const ineffective: readonly [path: string, reason: string][] = [
  ['certificateRotateStrategy', 'the embedded engine renews its certificates by itself'],
  ['customizeComponents', oneProcess],
  ['imagePullSecrets', oneProcess],
  ['imageRegistry', oneProcess],
  ['imageTag', oneProcess],
  ['infra', oneProcess],
  ['monitorAccount', oneProcess],
  ['monitorNamespace', oneProcess],
  ['serviceMonitorNamespace', oneProcess],
  ['synchronizationPort', noMigrations],
  ['workloadUpdateStrategy', 'machines of the embedded engine outlive it, and are not changed by its updates'],
  ['workloads', oneProcess],
  ['configuration.apiConfiguration', oneProcess],
  ['configuration.controllerConfiguration', oneProcess],
  ['configuration.handlerConfiguration', oneProcess],
  ['configuration.webhookConfiguration', oneProcess],
  ['configuration.architectureConfiguration.s390x', 'no host of the embedded engine is of this architecture'],
  ['configuration.developerConfiguration.diskVerification', 'images are looked at with a limit of the engine’s own'],
  [
    'configuration.developerConfiguration.logVerbosity',
    'what the embedded engine logs is chosen when it is started (--log-level)',
  ],
  ['configuration.developerConfiguration.minimumReservePVCBytes', 'host disks are made of the size they ask for'],
  [
    'configuration.developerConfiguration.pvcTolerateLessSpaceUpToPercent',
    'host disks are made of the size they ask for',
  ],
  ['configuration.imagePullPolicy', noContainers],
  ['configuration.migrations', noMigrations],
  ['configuration.minCPUModel', 'nodes of the embedded engine carry no labels of processor models'],
  ['configuration.obsoleteCPUModels', 'nodes of the embedded engine carry no labels of processor models'],
  ['configuration.seccompConfiguration', 'every QEMU of the embedded engine runs in QEMU’s own seccomp sandbox'],
  ['configuration.selinuxLauncherType', noContainers],
  ['configuration.supportContainerResources', noContainers],
  ['configuration.supportedGuestAgentVersions', 'a guest agent is supported when it knows the commands that are used'],
  ['configuration.virtualMachineInstancesPerNode', 'the embedded engine has no limit of machines but the host’s'],
]

/** One warning for each field that is set, but not in the stored resource already, and has no effect. */
export function ineffectiveSettings(
  spec: Readonly<KubeVirtSpec>,
  previous: Readonly<KubeVirtSpec> | undefined,
): string[] {
  return ineffective
    .filter(([path]) => isSet(valueAt(spec, path)) && !isSet(valueAt(previous, path)))
    .map(([path, reason]) => `spec.${path} has no effect: ${reason}`)
}

function valueAt(object: unknown, path: string): unknown {
  let value = object
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = new Map<string, unknown>(Object.entries(value)).get(step)
  }
  return value
}

/** Manifests of KubeVirt are full of empty objects. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
