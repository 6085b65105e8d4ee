/** What the embedded engine honours of identity, processors, memory, features and clock, below `spec.domain`. */

import { no, only, when, yes, type RuleTable } from './rule.ts'

const noHotplug = 'the embedded engine cannot add processors or memory to a running machine yet'

export const computeTable: RuleTable = {
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
  'features.acpi.enabled': yes,
  'features.apic.enabled': only([true], 'machines always have an APIC'),
  'features.apic.endOfInterrupt': only([false], 'the embedded engine does not honour this field yet'),
  'clock.utc.offsetSeconds': yes,
  'clock.timezone': yes,
  launchSecurity: no('the embedded engine does not encrypt guest memory'),
  rebootPolicy: only(['Reboot'], 'machines stay running through a reboot of the guest'),
}
