/** What the embedded engine honours of `spec.domain.devices`. */

import { clientPassthrough, interfaceModel, panicModel, soundModel, videoType, vsock } from './device-rules.ts'
import { pciAddress } from './pci-address.ts'
import { below, no, only, yes, type RuleTable } from './rule.ts'

const masqueradeOnly = 'the embedded engine has only masquerade on the pod network yet'
const noTags = no('config drives tell of the tags of network cards only')
const noClaims = no('the embedded engine has no resource claims; name a device by deviceName')
/** That no device is passed through is told when a machine is to start, as what is permitted may change until then. */
const hostDevice: RuleTable = { name: yes, deviceName: yes, claimName: noClaims, requestName: noClaims, tag: noTags }

/** Below `spec.domain`. */
export const ioThreadTable: RuleTable = {
  ioThreadsPolicy: yes,
  'ioThreads.supplementalPoolThreadCount': yes,
}

const discontinued = 'KubeVirt has no such binding any more; use masquerade'

export const deviceTable: RuleTable = {
  autoattachGraphicsDevice: yes,
  autoattachInputDevice: yes,
  autoattachMemBalloon: yes,
  autoattachPodInterface: yes,
  autoattachSerialConsole: yes,
  autoattachVSOCK: vsock,
  blockMultiQueue: yes,
  clientPassthrough,
  disableHotplug: yes,
  logSerialConsole: yes,
  // Cards offer as many queues as the network behind them has; status.interfaces[].queueCount tells how many.
  networkInterfaceMultiqueue: yes,
  useVirtioTransitional: yes,

  'disks[].name': yes,
  'disks[].blockSize.custom.discardGranularity': yes,
  'disks[].blockSize.custom.logical': yes,
  'disks[].blockSize.custom.physical': yes,
  'disks[].blockSize.matchVolume.enabled': yes,
  'disks[].bootOrder': yes,
  'disks[].cache': yes,
  'disks[].cdrom.bus': yes,
  'disks[].cdrom.readonly': only([true], 'a CD-ROM is read-only'),
  'disks[].cdrom.tray': yes,
  'disks[].changedBlockTracking': only([false], 'the embedded engine does not track changed blocks yet'),
  'disks[].dedicatedIOThread': yes,
  'disks[].disk.bus': yes,
  'disks[].disk.pciAddress': pciAddress,
  'disks[].disk.readonly': yes,
  'disks[].errorPolicy': yes,
  'disks[].io': yes,
  'disks[].lun': no(
    'a lun hands SCSI commands to a block device of the host, and volumes of the embedded engine are files; use disk',
  ),
  'disks[].serial': yes,
  'disks[].shareable': yes,
  'disks[].tag': noTags,

  'inputs[].bus': yes,
  'inputs[].name': yes,
  'inputs[].type': yes,

  'interfaces[].acpiIndex': yes,
  'interfaces[].binding': no(masqueradeOnly),
  'interfaces[].bootOrder': yes,
  'interfaces[].bridge': no(masqueradeOnly),
  'interfaces[].dhcpOptions.bootFileName': yes,
  'interfaces[].dhcpOptions.ntpServers': no('the DHCP server of the pod network tells of no time servers'),
  'interfaces[].dhcpOptions.privateOptions': no('the DHCP server of the pod network has no options of its own'),
  'interfaces[].dhcpOptions.tftpServerName': yes,
  'interfaces[].macAddress': yes,
  'interfaces[].masquerade': yes,
  'interfaces[].model': interfaceModel,
  'interfaces[].name': yes,
  'interfaces[].passtBinding': no(masqueradeOnly),
  'interfaces[].macvtap': no(discontinued),
  'interfaces[].passt': no(discontinued),
  'interfaces[].slirp': no(discontinued),
  'interfaces[].pciAddress': pciAddress,
  'interfaces[].portRanges': yes,
  // Every port of a guest can be reached; the list is what clients look at.
  'interfaces[].ports[].name': yes,
  'interfaces[].ports[].port': yes,
  'interfaces[].ports[].protocol': yes,
  'interfaces[].sriov': no(masqueradeOnly),
  'interfaces[].state': only(['up', 'down'], 'network cards cannot be removed from a machine yet'),
  // Told in the config drive of cloudInitConfigDrive.
  'interfaces[].tag': yes,

  'panicDevices[].model': panicModel,
  rng: yes,
  'sound.model': soundModel,
  'sound.name': yes,
  'video.type': videoType,
  'watchdog.diag288': no('the watchdog diag288 is one of s390x machines; use i6300esb'),
  'watchdog.i6300esb.action': yes,
  'watchdog.name': yes,

  downwardMetrics: no('the embedded engine gives these figures on a disk; use a downwardMetrics volume'),
  ...below('gpus[]', { ...hostDevice, virtualGPUOptions: yes }),
  ...below('hostDevices[]', hostDevice),
}
