/** What a guest sees of its devices, in words of its own kernel. For tests. */

import { writeFile } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import type { DomainDisk } from '../spec/disks.ts'
import { runInGuest } from './console.ts'

export interface GuestDisk {
  /** `vda`, `sda`, `sr0`. */
  name: string
  /** Bytes. */
  logical: number
  physical: number
  discardGranularity: number
  readOnly: boolean
  /** Whether what is written waits in a cache of the disk. */
  writeBack: boolean
  /** 512-byte sectors. */
  sectors: number
  queues: number
  serial: string
  /** The PCI devices on the way to it, from the root bus on. */
  pci: string[]
}

export interface GuestCard {
  mac: string
  driver: string
  acpiIndex: number | undefined
  pci: string[]
}

export interface DeviceReport {
  disks: GuestDisk[]
  cards: GuestCard[]
  /** `slot class vendor:device driver`, as in `lspci -nn`. */
  pci: { slot: string; kind: string; id: string; driver: string }[]
  /** Products on the USB buses, hubs of the controller left out. */
  usb: string[]
  inputs: string[]
  rng: string
  ports: string[]
  watchdog: string
  sound: string
  screen: string
  /** Names of ACPI devices. */
  acpi: string[]
}

const diskName = 'device-report'
const sector = 512

const script = [
  'exec 2>/dev/null',
  'cd /sys/block',
  // The serial number is in another place on each bus: virtio, SCSI and SATA, USB.
  `serial() { cat $1/serial && return; [ -e $1/device/vpd_pg80 ] && tail -c +5 $1/device/vpd_pg80 | tr -d '\\0 ' && return; cat $(readlink -f $1/device)/../../../../serial; }`,
  `for d in *; do q=$d/queue; echo "disk $d $(cat $q/logical_block_size $q/physical_block_size $q/discard_granularity $d/ro $d/size | tr '\\n' ' ')$(ls $d/mq | wc -w) $(cat $q/write_cache | tr -d ' ') $(readlink -f $d) $(serial $d)"; done`,
  'cd /sys/class/net',
  'for n in e*; do d=$(readlink -f $n/device); r=$(readlink $n/device/driver); echo "card $(cat $n/address) ${r##*/} $d $(cat $d/acpi_index || cat $d/../acpi_index)"; done',
  `lspci | sed 's/^/pci /'`,
  `for f in /sys/bus/usb/devices/[0-9]*-*/product; do echo "usb $(cat $f)"; done`,
  `for f in /sys/class/input/*/name; do echo "input $(cat $f)"; done`,
  'echo "rng $(cat /sys/class/misc/hw_random/rng_available)"',
  `for f in /sys/class/virtio-ports/*/name; do echo "port $(cat $f)"; done`,
  'echo "watchdog $(cat /sys/class/watchdog/watchdog0/identity)"',
  'echo "sound $(cat /proc/asound/cards | tr -s "\\n " " ")"',
  'echo "screen $(cat /sys/class/graphics/fb0/name)"',
  'for f in /sys/bus/acpi/devices/*; do echo "acpi ${f##*/}"; done',
]

/** A disk that holds the questions: typing them would take the guest's line editor longer than answering them. */
export async function reportDisk(path: string): Promise<DomainDisk> {
  const text = [...script, 'exit', ''].join('\n')
  await writeFile(path, text.padEnd(Math.ceil(text.length / sector) * sector, '\n'), { mode: 0o644 })
  return {
    name: diskName,
    path,
    format: 'raw',
    device: 'disk',
    bus: 'virtio',
    readOnly: true,
    serial: diskName,
  }
}

/** @param serial the console of a guest with a shell on it and the disk of `reportDisk` */
export async function reportDevices(serial: Duplex): Promise<DeviceReport> {
  const find = `d=$(grep -l ${diskName} /sys/block/vd*/serial)`
  const printed = await runInGuest(serial, `${find}; d=\${d%/serial}; sh /dev/\${d##*/}`)
  return parse(printed.replaceAll('\r', '').split('\n'))
}

function parse(lines: string[]): DeviceReport {
  const of = (kind: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1).trim()] : []))
  const one = (kind: string): string => of(kind)[0] ?? ''
  return {
    disks: of('disk')
      .map(parseDisk)
      .filter(({ serial }) => serial !== diskName),
    cards: of('card').map((line) => {
      const [mac = '', driver = '', path = '', index] = line.split(' ')
      return { mac, driver, pci: pciOf(path), acpiIndex: index === undefined ? undefined : Number(index) }
    }),
    pci: of('pci').map((line) => {
      const [slot = '', kind = '', id = '', ...driver] = line.split(' ')
      return { slot, kind, id, driver: driver.join(' ') }
    }),
    usb: of('usb').filter((product) => product !== ''),
    inputs: of('input'),
    rng: one('rng'),
    ports: of('port'),
    watchdog: one('watchdog'),
    sound: one('sound'),
    screen: one('screen'),
    acpi: of('acpi'),
  }
}

function parseDisk(line: string): GuestDisk {
  const [name = '', logical, physical, granularity, readOnly, sectors, queues, cache, path = '', serial = ''] =
    line.split(/ +/)
  return {
    name,
    logical: Number(logical),
    physical: Number(physical),
    discardGranularity: Number(granularity),
    readOnly: readOnly === '1',
    sectors: Number(sectors),
    queues: Number(queues),
    writeBack: cache === 'writeback',
    pci: pciOf(path),
    serial,
  }
}

function pciOf(path: string): string[] {
  return path.split('/').filter((part) => /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(part))
}
