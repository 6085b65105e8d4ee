/** Admission of devices other than disks and network cards. */

import { invalidField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'

/** Of the hypervisor; KubeVirt leaves it to libvirt to refuse more. */
const maxIoThreads = 1024
const ioThreadsPolicies = ['shared', 'auto', 'supplementalPool']
const soundModels = ['', 'ich9', 'ac97']
const panicModels = ['hyperv', 'isa', 'pvpanic']

export const inputAdmission: readonly InstanceRule[] = [
  {
    name: 'input',
    causes: ({ domain }, { field }) =>
      (domain.devices.inputs ?? []).flatMap(({ type, bus }, index) => {
        const at = `${field}.domain.devices.inputs[${index}]`
        const knownBus = bus === undefined || ['', 'usb', 'virtio'].includes(bus)
        return [
          ...(knownBus ? [] : [invalidField(`${at}.bus`, 'Input device can have only virtio or usb bus.')]),
          ...(type === 'tablet' ? [] : [invalidField(`${at}.type`, 'Input device can have only tablet type.')]),
        ]
      }),
  },
]

export const ioThreadAdmission: readonly InstanceRule[] = [
  {
    name: 'I/O threads policy',
    causes: ({ domain: { ioThreadsPolicy: policy } }, { field }) =>
      policy === undefined || ioThreadsPolicies.includes(policy)
        ? []
        : [invalidField(`${field}.domain.ioThreadsPolicy`, `Invalid IOThreadsPolicy (${policy})`)],
  },
  {
    name: 'size of the pool of I/O threads',
    causes: ({ domain: { ioThreadsPolicy, ioThreads } }, { field }) => {
      const count = ioThreads?.supplementalPoolThreadCount ?? 0
      if (count > maxIoThreads) {
        const where = `${field}.domain.ioThreads.supplementalPoolThreadCount`
        return [
          invalidField(where, `${where}: ${count} I/O threads are more than the ${maxIoThreads} a machine can have`),
        ]
      }
      if (ioThreadsPolicy !== 'supplementalPool' || count >= 1) return []
      const message = 'the number of iothreads needs to be set and positive for the dedicated policy'
      return [invalidField(`${field}.domain.ioThreads.count`, message)]
    },
  },
]

/** Their fields are written as KubeVirt writes them, which is not always where they are. */
export const deviceAdmission: readonly InstanceRule[] = [
  {
    name: 'one display in firmware memory',
    causes: ({ domain }, { field }) => {
      const displays = (domain.devices.gpus ?? []).filter(({ virtualGPUOptions: options }) => {
        const display = options?.display
        return display !== undefined && display.enabled !== false && display.ramFB?.enabled !== false
      })
      if (displays.length <= 1) return []
      return [invalidField(`${field}.GPUs`, 'configuring multiple displays with ramfb is not valid ')]
    },
  },
  {
    name: 'devices of the host',
    causes: ({ domain }, { field, configuration }) =>
      domain.devices.hostDevices !== undefined && !configuration.enabled('HostDevices')
        ? [invalidField(`${field}.HostDevices`, 'Host Devices feature gate is not enabled in kubevirt-config')]
        : [],
  },
  {
    name: 'sound',
    causes: ({ domain: { devices } }, { field }) => {
      const { sound } = devices
      if (sound === undefined) return []
      const at = `${field}.Sound`
      return [
        ...(soundModels.includes(sound.model ?? '')
          ? []
          : [invalidField(at, "Sound device type is not supported. Options: 'ich9' or 'ac97'")]),
        ...((sound.name ?? '') === '' ? [invalidField(at, 'Sound device requires a name field.')] : []),
      ]
    },
  },
]

export const gatedDeviceAdmission: readonly InstanceRule[] = [
  {
    name: 'VSOCK',
    causes: ({ domain }, { field, configuration }) =>
      domain.devices.autoattachVSOCK === true && !configuration.enabled('VSOCK')
        ? [
            invalidField(
              `${field}.domain.devices.autoattachVSOCK`,
              'VSOCK feature gate is not enabled in kubevirt-config',
            ),
          ]
        : [],
  },
  {
    name: 'persistent reservation',
    causes: ({ domain }, { field, configuration }) =>
      (domain.devices.disks ?? []).some(({ lun }) => lun?.reservation === true) && !configuration.persistentReservation
        ? [
            invalidField(
              `${field}.domain.devices.disks.luns.reservation`,
              'persistent reservation is not enabled in kubevirt config',
            ),
          ]
        : [],
  },
  {
    name: 'downward metrics',
    causes: ({ domain }, { field, configuration }) =>
      domain.devices.downwardMetrics !== undefined && !configuration.enabled('DownwardMetrics')
        ? [
            invalidField(
              `${field}.domain.devices.downwardMetrics`,
              'downwardMetrics virtio serial is not allowed: DownwardMetrics feature gate is not enabled',
            ),
          ]
        : [],
  },
  {
    name: 'file systems of claims',
    causes: ({ domain, volumes }, { field, configuration }) => {
      if (configuration.enabled('EnableVirtioFsStorageVolumes')) return []
      const stored = new Set(
        (volumes ?? [])
          .filter(({ persistentVolumeClaim: claim, dataVolume }) => claim !== undefined || dataVolume !== undefined)
          .map(({ name }) => name),
      )
      const message = 'virtiofs is not allowed: virtiofs feature gate is not enabled for PVC'
      return (domain.devices.filesystems ?? [])
        .filter(({ name }) => stored.has(name))
        .map(() => invalidField(`${field}.domain.devices.filesystems`, message))
    },
  },
  {
    name: 'video without graphics',
    causes: ({ domain: { devices } }, { field }) =>
      devices.video !== undefined && devices.autoattachGraphicsDevice === false
        ? [
            invalidField(
              `${field}.video`,
              'Video configuration is not allowed when autoattachGraphicsDevice is set to false',
            ),
          ]
        : [],
  },
  {
    name: 'panic devices',
    causes: ({ domain, architecture }, { field }) => {
      const devices = domain.devices.panicDevices ?? []
      const at = `${field}.domain.devices.panicDevices`
      const unsupported = devices.length > 0 && architecture === 's390x'
      return [
        ...(unsupported
          ? [invalidField(at, `custom panic devices are not supported on ${architecture} architecture`)]
          : []),
        ...devices.flatMap(({ model }, index) =>
          model === undefined || panicModels.includes(model)
            ? []
            : [invalidField(`${at}[${index}].model`, `invalid PanicDeviceModel(${model})`)],
        ),
      ]
    },
  },
  {
    name: 'reboot policy',
    causes: ({ domain }, { field, configuration }) =>
      domain.rebootPolicy !== undefined && !configuration.enabled('RebootPolicy')
        ? [
            invalidField(
              `${field}.domain.rebootPolicy`,
              'RebootPolicy is specified but the RebootPolicy feature gate is not enabled',
            ),
          ]
        : [],
  },
  {
    name: 'reserved overhead',
    causes: ({ domain }, { field, configuration }) =>
      domain.memory?.reservedOverhead !== undefined && !configuration.enabled('ReservedOverheadMemlock')
        ? [
            invalidField(
              `${field}.domain.memory.reservedOverhead`,
              'Reserved overhead memlock feature gate is not enabled in kubevirt-config',
            ),
          ]
        : [],
  },
]
