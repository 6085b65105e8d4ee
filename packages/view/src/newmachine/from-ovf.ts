/** The machine that a foreign one becomes, and in plain words what will be different. A proposal: nothing is made here. */

import type { DataVolume, Disk, Interface, Network, VirtualMachine, Volume } from '@berth/api'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import { isWindows } from '../ovf/operating-system.ts'
import type { OvfCard, OvfCdRom, OvfDisk, OvfMachine } from '../ovf/ovf-machine.ts'
import { busOf, maxDisks, modelOf, placeOf, usableMac, type OvfChoices } from './foreign-choices.ts'
import { differencesOf, type Difference } from './foreign-differences.ts'
import { descriptionAnnotation } from './wish.ts'

/** A disk to be made before the machine is: by upload where it has a file, else empty. */
export interface ProposedDisk {
  dataVolume: DataVolume
  /** What to upload into it. */
  disk?: OvfDisk
  cdRom?: OvfCdRom
}

export interface OvfProposal {
  machine: VirtualMachine
  disks: ProposedDisk[]
  differences: Difference[]
}

const GiB = 1024 ** 3
const MiB = 1024 ** 2
export function machineFromOvf(foreign: OvfMachine, choices: OvfChoices): OvfProposal {
  const { name, namespace } = choices
  const disks = foreign.disks.slice(0, maxDisks).map((disk, index) => proposedDisk(disk, index, foreign, choices))
  const cdRoms = foreign.cdRoms.flatMap((cdRom, index) => {
    const made = proposedCdRom(cdRom, index, choices)
    return made === undefined ? [] : [made]
  })
  const all = [...disks, ...cdRoms]
  const cards = foreign.cards.flatMap((card, index) => {
    const made = proposedCard(card, index, foreign, choices)
    return made === undefined ? [] : [made]
  })
  const description = foreign.description ?? productText(foreign)
  return {
    machine: {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: {
        name,
        namespace,
        ...(choices.labels === undefined ? {} : { labels: { ...choices.labels } }),
        ...(description === undefined ? {} : { annotations: { [descriptionAnnotation]: description.slice(0, 4096) } }),
      },
      spec: {
        runStrategy: choices.start === true ? 'Always' : 'Halted',
        template: {
          metadata: { labels: { 'vm.kubevirt.io/name': name } },
          spec: {
            domain: {
              cpu: topologyOf(foreign, choices),
              memory: { guest: choices.memory ?? memoryOf(foreign) },
              ...(foreign.secureBoot ? { features: { smm: { enabled: true }, acpi: {} } } : {}),
              ...(foreign.firmware === 'efi'
                ? {
                    firmware: {
                      bootloader: {
                        efi: { secureBoot: foreign.secureBoot, ...(foreign.tpm ? { persistent: true } : {}) },
                      },
                    },
                  }
                : {}),
              ...(isWindows(foreign.os) ? { clock: windowsClock } : {}),
              devices: {
                disks: all.map((made) => made.device),
                interfaces: cards.map((made) => made.card),
                rng: {},
                ...(foreign.tpm ? { tpm: { persistent: true } } : {}),
              },
            },
            networks: cards.map((made) => made.network),
            volumes: all.map((made) => made.volume),
          },
        },
      },
    },
    disks: all.map(({ dataVolume, disk, cdRom }) => ({
      dataVolume,
      ...(disk === undefined ? {} : { disk }),
      ...(cdRom === undefined ? {} : { cdRom }),
    })),
    differences: differencesOf(foreign, choices),
  }
}

/** Windows keeps its clock in local time, and loses time without these. */
const windowsClock: VirtualMachine['spec']['template']['spec']['domain']['clock'] = {
  utc: {},
  timer: { hpet: { present: false }, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' }, hyperv: {} },
}

interface Made extends ProposedDisk {
  device: Disk
  volume: Volume
}

function proposedDisk(disk: OvfDisk, index: number, foreign: OvfMachine, choices: OvfChoices): Made {
  const volume = `disk${index}`
  const dataVolume = volumeOf(`${choices.name}-${volume}`, disk.capacityBytes, disk.file !== undefined, choices)
  return {
    dataVolume,
    ...(disk.file === undefined ? {} : { disk }),
    device: { name: volume, disk: { bus: busOf(disk.controller, foreign, choices) }, bootOrder: index + 1 },
    volume: { name: volume, dataVolume: { name: dataVolume.metadata.name ?? '' } },
  }
}

/** A drive without a medium needs no volume; it is left out, which the differences say. */
function proposedCdRom(cdRom: OvfCdRom, index: number, choices: OvfChoices): Made | undefined {
  if (cdRom.file === undefined) return undefined
  const volume = `cdrom${index}`
  const bytes = cdRom.file.sizeBytes ?? GiB
  const dataVolume = volumeOf(`${choices.name}-${volume}`, bytes, true, choices)
  return {
    dataVolume,
    cdRom,
    device: { name: volume, cdrom: { bus: 'sata' } },
    volume: { name: volume, dataVolume: { name: dataVolume.metadata.name ?? '' } },
  }
}

/** @param bytes what the disk must hold; rounded up to whole MiB, which every storage class takes */
export function uploadVolume(wish: {
  name: string
  namespace: string
  bytes: number
  storageClass?: string
}): DataVolume {
  return volumeOf(wish.name, wish.bytes, true, wish)
}

function volumeOf(
  name: string,
  bytes: number,
  upload: boolean,
  { namespace, storageClass }: { namespace: string; storageClass?: string },
): DataVolume {
  const storage = formatQuantity(quantityFromBytes(Math.max(1, Math.ceil(bytes / MiB)) * MiB))
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name,
      namespace,
      // An upload waits for nobody who uses the disk.
      annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
    },
    spec: {
      source: upload ? { upload: {} } : { blank: {} },
      storage: {
        resources: { requests: { storage } },
        ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      },
    },
  }
}

function topologyOf(
  { cpus, coresPerSocket }: OvfMachine,
  choices: OvfChoices,
): { cores: number; sockets?: number; threads?: number } {
  if (choices.cpus !== undefined) return { cores: choices.cpus }
  // Systems that are licensed by sockets must find the same number again.
  if (coresPerSocket === undefined || cpus % coresPerSocket !== 0) return { cores: cpus }
  return { cores: coresPerSocket, sockets: cpus / coresPerSocket }
}

function memoryOf({ memoryBytes }: OvfMachine): string {
  return formatQuantity(quantityFromBytes(memoryBytes > 0 ? Math.ceil(memoryBytes / MiB) * MiB : GiB))
}

function proposedCard(
  card: OvfCard,
  index: number,
  foreign: OvfMachine,
  choices: OvfChoices,
): { card: Interface; network: Network } | undefined {
  const name = index === 0 ? 'default' : `net${index}`
  const place = placeOf(card, index, choices)
  if (place.kind === 'nowhere') return undefined
  const attachment = place.kind === 'attachment' ? place.name : undefined
  const mac = choices.keepMacs === true ? usableMac(card) : undefined
  return {
    card: {
      name,
      ...(attachment === undefined ? { masquerade: {} } : { bridge: {} }),
      model: modelOf(card, foreign),
      ...(mac === undefined ? {} : { macAddress: mac }),
    },
    network: attachment === undefined ? { name, pod: {} } : { name, multus: { networkName: attachment } },
  }
}

function productText({ product }: OvfMachine): string | undefined {
  if (product === undefined) return undefined
  const text = [product.vendor, product.name, product.version].filter((part) => part !== undefined).join(' ')
  return text === '' ? undefined : text
}
