/** What the embedded engine honours of `spec.domain.devices`. */

import { no, only, yes, type RuleTable } from './rule.ts'

const pci = no('the embedded engine chooses PCI addresses')
const masqueradeOnly = 'the embedded engine has only masquerade on the pod network yet'

export const deviceTable: RuleTable = {
  autoattachGraphicsDevice: yes,
  autoattachInputDevice: yes,
  autoattachMemBalloon: only([false], 'machines have no memory balloon'),
  autoattachPodInterface: yes,
  autoattachSerialConsole: yes,
  autoattachVSOCK: only([false], 'machines have no VSOCK device'),
  blockMultiQueue: only([false], 'disks have one queue'),
  disableHotplug: yes,
  logSerialConsole: only([true], 'the embedded engine always keeps the serial log'),
  networkInterfaceMultiqueue: only([false], 'network cards have one queue'),
  useVirtioTransitional: only([false], 'virtio devices are the modern kind'),

  'disks[].name': yes,
  'disks[].bootOrder': yes,
  'disks[].cache': yes,
  'disks[].cdrom.bus': yes,
  'disks[].cdrom.readonly': only([true], 'a CD-ROM is read-only'),
  'disks[].cdrom.tray': only(['closed'], 'the tray of a CD-ROM cannot be open at start'),
  'disks[].changedBlockTracking': only([false], 'the embedded engine does not track changed blocks yet'),
  'disks[].dedicatedIOThread': only([false], 'the embedded engine chooses its own I/O threads'),
  'disks[].disk.bus': yes,
  'disks[].disk.pciAddress': pci,
  'disks[].disk.readonly': yes,
  'disks[].errorPolicy': yes,
  'disks[].io': yes,
  'disks[].lun.bus': yes,
  'disks[].lun.readonly': yes,
  'disks[].lun.reservation': only([false], 'the embedded engine has no persistent reservations'),
  'disks[].serial': yes,
  'disks[].shareable': yes,

  'inputs[].bus': yes,
  'inputs[].name': yes,
  'inputs[].type': yes,

  'interfaces[].bootOrder': yes,
  'interfaces[].bridge': no(masqueradeOnly),
  'interfaces[].macAddress': yes,
  'interfaces[].masquerade': yes,
  'interfaces[].model': yes,
  'interfaces[].name': yes,
  'interfaces[].passtBinding': no(masqueradeOnly),
  'interfaces[].pciAddress': pci,
  'interfaces[].ports[].name': yes,
  'interfaces[].ports[].port': yes,
  'interfaces[].ports[].protocol': only(['TCP'], 'only TCP reaches the guest from outside yet'),
  'interfaces[].sriov': no(masqueradeOnly),
  'interfaces[].state': only(['up', 'down'], 'network cards cannot be removed from a machine yet'),

  rng: yes,
  'watchdog.i6300esb.action': yes,
  'watchdog.name': yes,
  gpus: no('the embedded engine does not pass devices of the host through'),
  hostDevices: no('the embedded engine does not pass devices of the host through'),
  tpm: no('the embedded engine has no TPM yet'),
}
