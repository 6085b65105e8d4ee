/** Rules of devices that an emulator may lack. */

import { when, type HostAbilities, type Rule } from './rule.ts'

/** Whether the emulator has one of its device types; one that nobody asked has every one. */
function has({ deviceTypes }: HostAbilities, type: string): boolean {
  return deviceTypes === undefined || deviceTypes.includes(type)
}

/** Honoured where the emulator has the type that belongs to the value; admission refuses values that are not listed. */
function model(what: string, types: Readonly<Record<string, string>>): Rule {
  return when((value, host) => {
    const type = types[String(value)]
    if (type === undefined || has(host, type)) return undefined
    const others = Object.keys(types).filter((name) => has(host, types[name] ?? ''))
    return `the emulator of this host has no "${String(value)}" ${what}; it has ${others.join(', ') || 'none'}`
  })
}

export const videoType = model('screen', {
  vga: 'VGA',
  bochs: 'bochs-display',
  cirrus: 'cirrus-vga',
  virtio: 'virtio-vga',
  ramfb: 'ramfb',
})

export const soundModel = model('sound card', { ich9: 'ich9-intel-hda', ac97: 'AC97' })

export const interfaceModel = model('network card', {
  virtio: 'virtio-net-pci',
  e1000: 'e1000',
  e1000e: 'e1000e',
  igb: 'igb',
  rtl8139: 'rtl8139',
  ne2k_pci: 'ne2k_pci',
  pcnet: 'pcnet',
})

const panicType = model('panic device', { isa: 'pvpanic', pvpanic: 'pvpanic-pci' })

export const panicModel = when((value, host) => {
  if (value === 'hyperv' && host.compute?.acceleration === 'tcg') {
    return 'a hyperv panic device needs KVM, which does not work on this host; use isa or pvpanic'
  }
  return panicType.kind === 'when' ? panicType.refusal(value, host) : undefined
})

export const clientPassthrough = when((_value, host) =>
  has(host, 'usb-redir') ? undefined : 'the emulator of this host was built without USB redirection',
)

export const vsock = when((value, host) =>
  value !== true || host.vsock !== false
    ? undefined
    : 'this host has no /dev/vhost-vsock; load its kernel module ("modprobe vhost_vsock") and start the engine again',
)
