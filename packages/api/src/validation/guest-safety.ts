/** The part of host safety that is about the guest itself: sizes, names and numbers an emulator is started with. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { readAmount } from './amount.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

const million = 1_000_000n
/** As KubeVirt bounds hot-plugging; no machine of one host has more. */
const maxProcessors = 512
/** QEMU's q35 machines address no more than 4 TiB with the processors it emulates; a typing error is caught here, not at the start. */
const maxMemory = 4n * 1024n ** 4n
const maxKernelArgs = 2048
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const word = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

export const guestSafetyAdmission: readonly InstanceRule[] = [
  {
    name: 'guest memory',
    causes: ({ domain }, { field }) => {
      const guest = readAmount(domain.memory?.guest)
      const at = `${field}.domain.memory.guest`
      if (guest === undefined) return []
      if (guest.value < million) {
        return [invalidField(at, `${at} '${guest.text}': must be greater than or equal to 1M.`)]
      }
      return guest.value > maxMemory
        ? [invalidField(at, `${at} '${guest.text}': must be less than or equal to 4Ti.`)]
        : []
    },
  },
  { name: 'processor topology', causes: topology },
  { name: 'processor words', causes: processorWords },
  { name: 'firmware', causes: firmware },
  { name: 'clock', causes: clock },
  {
    name: 'watchdog action',
    causes: ({ domain: { devices } }, { field }) =>
      (['i6300esb', 'diag288'] as const).flatMap((kind) => {
        const action = devices.watchdog?.[kind]?.action
        if (action === undefined || ['', 'poweroff', 'reset', 'shutdown'].includes(action)) return []
        const at = `${field}.domain.devices.watchdog.${kind}.action`
        return [invalidField(at, `${at} '${action}' must be poweroff, reset or shutdown.`)]
      }),
  },
  {
    name: 'grace period',
    causes: ({ terminationGracePeriodSeconds: seconds }, { field }) => {
      const at = `${field}.terminationGracePeriodSeconds`
      return seconds === undefined || seconds >= 0
        ? []
        : [invalidField(at, `${at} must be greater than or equal to 0.`)]
    },
  },
]

function topology({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const { cpu } = domain
  if (cpu === undefined) return []
  const causes: StatusCause[] = []
  for (const key of ['sockets', 'cores', 'threads', 'maxSockets'] as const) {
    const at = `${field}.domain.cpu.${key}`
    if ((cpu[key] ?? 0) < 0) causes.push(invalidField(at, `${at} must be greater than or equal to 0.`))
  }
  const total = (cpu.sockets || 1) * (cpu.cores || 1) * (cpu.threads || 1)
  if (causes.length === 0 && total > maxProcessors) {
    const at = `${field}.domain.cpu`
    causes.push(invalidField(at, `${at}: ${total} virtual CPUs are more than the ${maxProcessors} a machine can have.`))
  }
  return causes
}

function processorWords({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const { model, features } = domain.cpu ?? {}
  const at = `${field}.domain.cpu`
  const causes: StatusCause[] = []
  if (model !== undefined && model !== '' && !word.test(model)) {
    causes.push(invalidField(`${at}.model`, `${at}.model '${model.slice(0, 70)}' is not the name of a CPU model.`))
  }
  for (const [index, { name }] of (features ?? []).entries()) {
    if (word.test(name)) continue
    const path = `${at}.features[${index}].name`
    causes.push(invalidField(path, `${path} '${name.slice(0, 70)}' is not the name of a CPU feature.`))
  }
  return causes
}

function firmware({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const { uuid: id, serial, kernelBoot } = domain.firmware ?? {}
  const at = `${field}.domain.firmware`
  const causes: StatusCause[] = []
  if (id !== undefined && id !== '' && !uuid.test(id)) {
    causes.push(invalidField(`${at}.uuid`, `${at}.uuid '${id.slice(0, 40)}' is not a UUID.`))
  }
  if (serial !== undefined && !/^[A-Za-z0-9_.+-]{0,256}$/.test(serial)) {
    const message = `${at}.serial must be made up of the following characters [A-Za-z0-9_.+-], and at most 256 of them`
    causes.push(invalidField(`${at}.serial`, message))
  }
  if ((kernelBoot?.kernelArgs ?? '').length > maxKernelArgs) {
    const path = `${at}.kernelBoot.kernelArgs`
    causes.push(invalidField(path, `${path} is longer than the ${maxKernelArgs} characters a kernel reads`))
  }
  return causes
}

function clock({ domain: { clock: set } }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const at = `${field}.domain.clock`
  if (set?.utc !== undefined && set.timezone !== undefined) {
    return [invalidField(at, `${at} must have only one of utc and timezone.`)]
  }
  const zone = set?.timezone
  if (zone === undefined || /^[A-Za-z0-9_+-]{1,40}(\/[A-Za-z0-9_+-]{1,40}){0,3}$/.test(zone)) return []
  return [invalidField(`${at}.timezone`, `${at}.timezone '${zone.slice(0, 60)}' is not the name of a time zone.`)]
}
