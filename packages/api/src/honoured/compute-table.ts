/** What the embedded engine honours of identity, processors, memory, features and clock, below `spec.domain`. */

import { guestFeatureTable } from './guest-feature-rules.ts'
import { hugePages, lockedMemory } from './memory-rules.ts'
import { cpuFeature, cpuModel, dedicatedCpus, realtime } from './processor-rules.ts'
import { no, only, when, yes, type Rule, type RuleTable } from './rule.ts'
import { timerTable } from './timer-rules.ts'

/** Encrypted guest memory, by its kind: refused with what this host lacks. */
const encryption = (kind: 'sev' | 'snp' | 'tdx'): Rule =>
  when((_value, { compute }) => compute?.noEncryption[kind] ?? 'the embedded engine does not encrypt guest memory')

export const computeTable: RuleTable = {
  cpu: dedicatedCpus,
  'cpu.cores': yes,
  'cpu.sockets': yes,
  'cpu.threads': yes,
  'cpu.maxSockets': yes,
  'cpu.model': cpuModel,
  'cpu.features[]': cpuFeature,
  'cpu.features[].name': yes,
  'cpu.features[].policy': yes,
  'cpu.dedicatedCpuPlacement': yes,
  'cpu.isolateEmulatorThread': yes,
  'cpu.numa.guestMappingPassthrough': when((_value, { compute }) =>
    compute?.numaNodes === 0 ? 'this host tells of no NUMA nodes (/sys/devices/system/node)' : undefined,
  ),
  'cpu.realtime': realtime,
  'memory.guest': yes,
  'memory.maxGuest': yes,
  'memory.hugepages.pageSize': hugePages,
  'memory.reservedOverhead.addedOverhead': yes,
  'memory.reservedOverhead.memLock': lockedMemory,
  'resources.requests.memory': yes,
  'resources.requests.cpu': yes,
  'resources.limits.memory': yes,
  'resources.limits.cpu': yes,
  'resources.requests.{}': no('the embedded engine counts only cpu and memory'),
  'resources.limits.{}': no('the embedded engine counts only cpu and memory'),
  'resources.overcommitGuestOverhead': yes,
  'machine.type': when((value, host) =>
    host.machineTypes === undefined || value === '' || host.machineTypes.includes(String(value))
      ? undefined
      : `the emulator of this host has no such machine type; it has ${host.machineTypes.slice(0, 6).join(', ')}`,
  ),
  'firmware.uuid': yes,
  'firmware.serial': yes,
  'firmware.acpi.slicNameRef': yes,
  'firmware.acpi.msdmNameRef': yes,
  chassis: yes,
  'features.acpi.enabled': yes,
  'features.apic.enabled': only([true], 'machines always have an APIC'),
  'features.kvm.hidden': yes,
  'clock.utc.offsetSeconds': yes,
  'clock.timezone': yes,
  ...guestFeatureTable,
  ...timerTable,
  'launchSecurity.sev': encryption('sev'),
  'launchSecurity.snp': encryption('snp'),
  'launchSecurity.tdx': encryption('tdx'),
  rebootPolicy: yes,
}
