/** Names that KubeVirt's clients know: labels, annotations, finalizers, and how dependent objects are called. */

export const labels = {
  /** On a launcher pod: `virt-launcher`. */
  app: 'kubevirt.io',
  /** On a launcher pod: the instance's uid. */
  createdBy: 'kubevirt.io/created-by',
  nodeName: 'kubevirt.io/nodeName',
  schedulable: 'kubevirt.io/schedulable',
  migrationJobUid: 'kubevirt.io/migrationJobUID',
  migrationTargetNode: 'kubevirt.io/migrationTargetNodeName',
  installStrategy: 'kubevirt.io/install-strategy',
  vmName: 'vm.kubevirt.io/name',
  instanceId: 'vmi.kubevirt.io/id',
  /** On what CDI makes: `containerized-data-importer`. */
  cdiApp: 'app',
} as const

export const launcherApp = 'virt-launcher'
export const cdiApp = 'containerized-data-importer'

/** Labels that only KubeVirt's own controllers may put on an instance. */
export const reservedInstanceLabels: readonly string[] = [
  labels.createdBy,
  labels.migrationJobUid,
  labels.nodeName,
  labels.migrationTargetNode,
  labels.schedulable,
  labels.installStrategy,
]

export const annotations = {
  /** On a launcher pod: the machine's name. */
  domain: 'kubevirt.io/domain',
  /** On an instance: the generation of the VirtualMachine it was made from. */
  vmGeneration: 'kubevirt.io/vm-generation',
  /** On an instance: names of volumes that were attached to it alone, for this run. */
  ephemeralVolumes: 'berth.dev/ephemeral-volumes',
  pciTopologyVersion: 'kubevirt.io/pci-topology-version',
  latestObservedVersion: 'kubevirt.io/latest-observed-api-version',
  storageObservedVersion: 'kubevirt.io/storage-observed-api-version',
  immediateDataVolume: 'kubevirt.io/immediate-data-volume-creation',
  restoreRunStrategy: 'kubevirt.io/restore-run-strategy',
  cdiBindImmediate: 'cdi.kubevirt.io/storage.bind.immediate.requested',
  cdiContentType: 'cdi.kubevirt.io/storage.contentType',
  cdiPodPhase: 'cdi.kubevirt.io/storage.pod.phase',
  cdiPodReady: 'cdi.kubevirt.io/storage.pod.ready',
  cdiConditionRunning: 'cdi.kubevirt.io/storage.condition.running',
  cdiConditionRunningReason: 'cdi.kubevirt.io/storage.condition.running.reason',
  cdiConditionRunningMessage: 'cdi.kubevirt.io/storage.condition.running.message',
  defaultStorageClass: 'storageclass.kubernetes.io/is-default-class',
  defaultVirtStorageClass: 'storageclass.kubevirt.io/is-default-virt-class',
} as const

export const finalizers = {
  /** On a VirtualMachine, and on an instance one owns. */
  machine: 'kubevirt.io/virtualMachineControllerFinalize',
  instance: 'kubevirt.io/foregroundDeleteVirtualMachine',
  migration: 'kubevirt.io/migrationJobFinalize',
} as const

/** Length of a random name tail, as Kubernetes' generateName. */
const tailLength = 5
const maxNameLength = 63

/**
 * The launcher pod's name: `virt-launcher-<instance>-<tail>`, cut before the tail where it would be too long for a label.
 * @param tail five random characters of `[a-z0-9]`
 */
export function launcherPodName(instanceName: string, tail: string): string {
  const start = `virt-launcher-${instanceName}`.slice(0, maxNameLength - tailLength - 1)
  return `${start.replace(/[.-]+$/, '')}-${tail}`
}

/** The ControllerRevision that keeps the spec a machine was started with. */
export function startRevisionName(machineUid: string, generation: number): string {
  return `revision-start-vm-${machineUid}-${generation}`
}

export function launcherPodLabels(instance: { name: string; uid: string }): Record<string, string> {
  return {
    [labels.app]: launcherApp,
    [labels.createdBy]: instance.uid,
    [labels.vmName]: labelSafeName(instance.name),
    [labels.instanceId]: labelSafeName(instance.name),
  }
}

/** Label values end at 63 characters, names at 253: a long name keeps its start. */
export function labelSafeName(name: string): string {
  return name.length <= maxNameLength ? name : name.slice(0, maxNameLength).replace(/[._-]+$/, '')
}

/** Kernel and initrd that `berth` itself brings, bootable through `firmware.kernelBoot` without an image registry. */
export const builtInGuest = {
  image: 'berth.local/tiny-guest',
  kernelPath: '/boot/vmlinuz',
  initrdPath: '/boot/initrd.img',
} as const

/** Whether a kernelBoot image is the built-in guest, with or without a tag. */
export function isBuiltInGuest(image: string): boolean {
  return image === builtInGuest.image || image === `${builtInGuest.image}:latest`
}

/**
 * A locally administered MAC address from five random bytes. Never KubeVirt's reserved 02:00:00:00:00:00.
 * @param random at least five bytes
 */
export function macAddress(random: Uint8Array): string {
  const tail = Array.from(random.slice(0, 5))
  const safe = tail.every((byte) => byte === 0) ? [0, 0, 0, 0, 1] : tail
  return ['02', ...safe.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}
