/** What the embedded engine honours of a VirtualMachineInstance's spec, outside devices and volumes. */

import { builtInGuest, isBuiltInGuest } from '../names.ts'
import { deviceTable } from './device-table.ts'
import { below, no, only, when, yes, type RuleTable } from './rule.ts'
import { volumeTable } from './volume-table.ts'

const oneNode = 'the embedded engine does not place machines by this rule yet; nodeSelector is honoured'
const noHotplug = 'the embedded engine cannot add processors or memory to a running machine yet'

const domainTable: RuleTable = {
  'cpu.cores': yes,
  'cpu.sockets': yes,
  'cpu.threads': yes,
  'cpu.model': yes,
  'cpu.features[].name': yes,
  'cpu.features[].policy': yes,
  'cpu.maxSockets': no(noHotplug),
  'cpu.dedicatedCpuPlacement': only([false], 'the embedded engine does not pin processors'),
  'cpu.isolateEmulatorThread': only([false], 'the embedded engine does not pin processors'),
  'cpu.numa': no('the embedded engine does not lay out NUMA nodes'),
  'cpu.realtime': no('the embedded engine has no realtime machines'),
  'memory.guest': yes,
  'memory.maxGuest': no(noHotplug),
  'memory.hugepages': no('the embedded engine does not use huge pages yet'),
  'resources.requests.memory': yes,
  'resources.requests.cpu': yes,
  'resources.limits.memory': yes,
  'resources.limits.cpu': yes,
  'resources.requests.{}': no('the embedded engine counts only cpu and memory'),
  'resources.limits.{}': no('the embedded engine counts only cpu and memory'),
  'resources.overcommitGuestOverhead': only([false], 'the embedded engine counts no overhead to leave out'),
  'machine.type': when((value, host) =>
    host.machineTypes === undefined || value === '' || host.machineTypes.includes(String(value))
      ? undefined
      : `the emulator of this host has no such machine type; it has ${host.machineTypes.slice(0, 6).join(', ')}`,
  ),
  'firmware.uuid': yes,
  'firmware.serial': yes,
  'firmware.bootloader.bios.useSerial': only([false], 'boot messages do not go to the serial console yet'),
  'firmware.bootloader.efi': when((_value, host) =>
    host.uefi ? undefined : 'this host has no UEFI firmware; install the package ovmf and start the engine again',
  ),
  'firmware.bootloader.efi.secureBoot': only([false], 'the embedded engine has no Secure Boot yet; set it to false'),
  'firmware.bootloader.efi.persistent': only(
    [false],
    'the embedded engine does not keep UEFI variables between starts yet',
  ),
  'firmware.kernelBoot.kernelArgs': yes,
  'firmware.kernelBoot.container.image': when((value) =>
    isBuiltInGuest(String(value))
      ? undefined
      : `the embedded engine does not read container images yet; only ${builtInGuest.image} (kernel and initrd that Berth brings) can be booted`,
  ),
  'firmware.kernelBoot.container.kernelPath': only(
    [builtInGuest.kernelPath],
    `the built-in guest has its kernel at ${builtInGuest.kernelPath}`,
  ),
  'firmware.kernelBoot.container.initrdPath': only(
    [builtInGuest.initrdPath],
    `the built-in guest has its initrd at ${builtInGuest.initrdPath}`,
  ),
  // Nothing is ever pulled for the built-in guest, so every policy is satisfied.
  'firmware.kernelBoot.container.imagePullPolicy': yes,
  'features.acpi.enabled': yes,
  'features.apic.enabled': only([true], 'machines always have an APIC'),
  'features.apic.endOfInterrupt': only([false], 'the embedded engine does not honour this field yet'),
  'features.smm.enabled': only(
    [false],
    'system management mode comes with Secure Boot, which the embedded engine does not have yet',
  ),
  'clock.utc.offsetSeconds': yes,
  'clock.timezone': yes,
  ioThreadsPolicy: no('the embedded engine chooses its own I/O threads'),
  launchSecurity: no('the embedded engine does not encrypt guest memory'),
  rebootPolicy: only(['Reboot'], 'machines stay running through a reboot of the guest'),
}

export const instanceTable: RuleTable = {
  accessCredentials: no(
    'the embedded engine does not inject keys or passwords yet; put them into cloud-init user data',
  ),
  affinity: no(oneNode),
  architecture: when((value, host) =>
    value === host.architecture ? undefined : `this host runs ${host.architecture} machines only`,
  ),
  dnsConfig: no('guests get the name servers of the host'),
  dnsPolicy: no('guests get the name servers of the host'),
  evictionStrategy: only(
    ['None', 'LiveMigrateIfPossible'],
    'the embedded engine has no live migration yet, so it cannot promise to migrate on eviction',
  ),
  hostname: yes,
  livenessProbe: no('the embedded engine does not run probes yet'),
  readinessProbe: no('the embedded engine does not run probes yet'),
  'networks[].name': yes,
  'networks[].pod.vmNetworkCIDR': when((value) =>
    /^\d+\.\d+\.\d+\.0\/24$/.test(String(value))
      ? undefined
      : 'the pod network of a machine is a /24, like 10.0.2.0/24',
  ),
  'networks[].pod.vmIPv6NetworkCIDR': no('the pod network of the embedded engine is IPv4 only'),
  'networks[].multus': no('the embedded engine has only the pod network yet'),
  nodeSelector: yes,
  priorityClassName: no('the embedded engine never stops one machine for another'),
  schedulerName: no(oneNode),
  startStrategy: yes,
  subdomain: no('the embedded engine has no cluster DNS'),
  terminationGracePeriodSeconds: yes,
  tolerations: no(oneNode),
  topologySpreadConstraints: no(oneNode),
  ...below('domain', domainTable),
  ...below('domain.devices', deviceTable),
  ...volumeTable,
}
