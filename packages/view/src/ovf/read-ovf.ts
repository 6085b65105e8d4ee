/** Reads an OVF descriptor (DSP0243, versions 1 and 2, with what VMware and VirtualBox add to it). */

import { bytesOf } from './allocation-units.ts'
import { devicesOf } from './devices.ts'
import { OvfError } from './ovf-error.ts'
import type { OvfDiskFormat, OvfFile, OvfMachine, OvfPackage, OvfProperty } from './ovf-machine.ts'
import type { OvfReferences, ReferredDisk } from './references.ts'
import { readXml, type XmlElement } from './xml.ts'

/** Descriptors have kilobytes; some have pictures in them. */
export const maxDescriptorBytes = 4 * 1024 ** 2
const maxMachines = 100
const maxDiskBytes = 64 * 1024 ** 4

/** @throws {OvfError} Unreadable, Hostile, TooLarge, Unsupported */
export function readOvf(text: string): OvfPackage {
  if (text.length > maxDescriptorBytes) throw new OvfError('TooLarge', 'the descriptor is larger than 4 MiB')
  const envelope = readXml(text)
  if (envelope.name !== 'Envelope') {
    throw new OvfError('Unreadable', `the descriptor is no OVF: it begins with ${envelope.name.slice(0, 40)}`)
  }
  const files = filesIn(envelope)
  const references = { files, disks: disksIn(envelope, files) }
  const machines = systemsIn(envelope).map((system) => machineOf(system, references, envelope))
  if (machines.length === 0) throw new OvfError('Unreadable', 'the descriptor has no VirtualSystem')
  if (machines.length > maxMachines) throw new OvfError('TooLarge', `the descriptor has over ${maxMachines} machines`)
  const networks = sections(envelope, 'NetworkSection').flatMap((section) => childrenNamed(section, 'Network'))
  return {
    machines,
    networks: networks.map((network) => {
      const description = textOf(network, 'Description')
      return {
        name: network.attributes.get('name') ?? '',
        ...(description === undefined ? {} : { description }),
      }
    }),
    files: [...files.values()],
  }
}

function filesIn(envelope: XmlElement): Map<string, OvfFile> {
  const files = new Map<string, OvfFile>()
  for (const file of sections(envelope, 'References').flatMap((section) => childrenNamed(section, 'File'))) {
    const { attributes } = file
    const id = attributes.get('id') ?? ''
    if (id === '' || files.has(id)) throw new OvfError('Unreadable', `the descriptor has two files with the id "${id}"`)
    const size = attributes.get('size')
    const chunk = attributes.get('chunkSize')
    const compression = attributes.get('compression') ?? ''
    if (!['', 'identity', 'gzip'].includes(compression)) {
      throw new OvfError(
        'Unsupported',
        `file "${id}" is compressed with ${compression.slice(0, 40)}; only gzip is read`,
      )
    }
    files.set(id, {
      name: fileName(attributes.get('href') ?? ''),
      ...(size === undefined || size === '' ? {} : { sizeBytes: bytesOf(size, undefined, `the size of file "${id}"`) }),
      ...(compression === 'gzip' ? { compression } : {}),
      ...(chunk === undefined || chunk === '' ? {} : { chunkBytes: chunkBytes(chunk, id) }),
    })
  }
  return files
}

function chunkBytes(text: string, id: string): number {
  const bytes = bytesOf(text, undefined, `the chunk size of file "${id}"`)
  if (bytes > 0) return bytes
  throw new OvfError('Unreadable', `file "${id}" has chunks of no bytes`)
}

/** Files lie beside the descriptor: whatever leads elsewhere, or is fetched from elsewhere, is refused. */
function fileName(href: string): string {
  let name: string
  try {
    name = decodeURIComponent(href.replace(/^\.\//, ''))
  } catch {
    name = ''
  }
  // oxlint-disable-next-line no-control-regex
  if (name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[/\\\0-\x1F\x7F]/.test(name)) return name
  throw new OvfError(
    'Hostile',
    `the descriptor refers to "${href.slice(0, 80)}", which is no name of a file beside it; such files are not read`,
  )
}

function disksIn(envelope: XmlElement, files: ReadonlyMap<string, OvfFile>): Map<string, ReferredDisk> {
  const disks = new Map<string, ReferredDisk>()
  for (const disk of sections(envelope, 'DiskSection').flatMap((section) => childrenNamed(section, 'Disk'))) {
    const { attributes } = disk
    const id = attributes.get('diskId') ?? ''
    if (id === '' || disks.has(id)) throw new OvfError('Unreadable', `the descriptor has two disks with the id "${id}"`)
    const what = `disk "${id.slice(0, 80)}"`
    if (attributes.has('parentRef')) {
      throw new OvfError('Unsupported', `${what} holds only the differences to another; export the machine whole`)
    }
    const fileRef = attributes.get('fileRef')
    const file = fileRef === undefined ? undefined : files.get(fileRef)
    if (fileRef !== undefined && file === undefined) {
      throw new OvfError('Unreadable', `${what} refers to file "${fileRef.slice(0, 80)}", which the descriptor lacks`)
    }
    const units = attributes.get('capacityAllocationUnits')
    const capacityBytes = bytesOf(attributes.get('capacity') ?? '', units, `the capacity of ${what}`)
    if (capacityBytes > maxDiskBytes) throw new OvfError('TooLarge', `${what} has over 64 TiB`)
    const populated = attributes.get('populatedSize')
    disks.set(id, {
      id,
      capacityBytes,
      // Only an estimate: a wrong one is no reason to refuse.
      ...(populated !== undefined && /^\d{1,15}$/.test(populated) ? { populatedBytes: Number(populated) } : {}),
      ...(file === undefined ? {} : { file }),
      format: formatOf(attributes.get('format') ?? '', file?.name ?? ''),
    })
  }
  return disks
}

/** The format is a URL that people write in many ways; an ending is often the better witness. */
const formats: readonly (readonly [RegExp, OvfDiskFormat])[] = [
  [/\.vhdx(\.gz)?$/i, 'vhdx'],
  [/\.vhd(\.gz)?$/i, 'vhd'],
  [/\.vdi(\.gz)?$/i, 'vdi'],
  [/\.qcow2?(\.gz)?$/i, 'qcow2'],
  [/\.(raw|img)(\.gz)?$/i, 'raw'],
  [/\.vmdk(\.gz)?$/i, 'vmdk'],
]
const formatWords: readonly (readonly [RegExp, OvfDiskFormat])[] = [
  [/vmdk/i, 'vmdk'],
  [/vhdx/i, 'vhdx'],
  [/vhd|LinkId=137171/i, 'vhd'],
  [/qcow/i, 'qcow2'],
  [/vdi/i, 'vdi'],
  [/raw/i, 'raw'],
]

function formatOf(url: string, name: string): OvfDiskFormat {
  const byName = formats.find(([pattern]) => pattern.test(name))?.[1]
  return byName ?? formatWords.find(([pattern]) => pattern.test(url))?.[1] ?? 'vmdk'
}

function systemsIn(element: XmlElement): XmlElement[] {
  return element.children.flatMap((child) => {
    if (child.name === 'VirtualSystem') return [child]
    return child.name === 'VirtualSystemCollection' ? systemsIn(child) : []
  })
}

function machineOf(system: XmlElement, references: OvfReferences, envelope: XmlElement): OvfMachine {
  const id = system.attributes.get('id') ?? ''
  const name = textOf(system, 'Name') ?? id
  const hardware = child(system, 'VirtualHardwareSection')
  if (hardware === undefined) {
    throw new OvfError('Unreadable', `machine "${name.slice(0, 80)}" has no VirtualHardwareSection`)
  }
  const os = child(system, 'OperatingSystemSection')
  const osId = os?.attributes.get('id') ?? ''
  const osType = os?.attributes.get('osType') ?? (os === undefined ? undefined : textOf(os, 'OSType'))
  const osDescription = os === undefined ? undefined : textOf(os, 'Description')
  const settings = settingsOf(system, hardware)
  const description = textOf(child(system, 'AnnotationSection') ?? system, 'Annotation')
  const devices = devicesOf(hardware, references, defaultConfiguration(envelope))
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    ...productOf(system),
    os: {
      ...(/^\d{1,4}$/.test(osId) ? { id: Number(osId) } : {}),
      ...(osType === undefined ? {} : { type: osType }),
      ...(osDescription === undefined ? {} : { description: osDescription }),
    },
    ...settings,
    ...devices,
    tpm: settings.tpm || devices.tpm,
    properties: childrenNamed(system, 'ProductSection').flatMap(propertiesOf),
  }
}

/** Hardware can differ between "small" and "large"; the default of the package is taken, else its first. */
function defaultConfiguration(envelope: XmlElement): string | undefined {
  const configurations = sections(envelope, 'DeploymentOptionSection').flatMap((section) =>
    childrenNamed(section, 'Configuration'),
  )
  const chosen = configurations.find((entry) => entry.attributes.get('default') === 'true') ?? configurations[0]
  return chosen?.attributes.get('id')
}

/** What VMware keeps as key and value, and VirtualBox in a section of its own. */
function settingsOf(system: XmlElement, hardware: XmlElement): Pick<OvfMachine, 'firmware' | 'secureBoot' | 'tpm'> {
  const values = new Map<string, string>()
  for (const entry of hardware.children) {
    if (entry.name !== 'Config' && entry.name !== 'ExtraConfig') continue
    values.set((entry.attributes.get('key') ?? '').toLowerCase(), (entry.attributes.get('value') ?? '').toLowerCase())
  }
  const box = child(child(system, 'Machine'), 'Hardware')
  const efi = values.get('firmware') === 'efi' || /^efi/i.test(child(box, 'Firmware')?.attributes.get('type') ?? '')
  const secure = ['bootoptions.efisecurebootenabled', 'uefi.secureboot.enabled'].some(
    (key) => values.get(key) === 'true',
  )
  const tpm = child(box, 'TrustedPlatformModule')?.attributes.get('type')
  return {
    firmware: efi || secure ? 'efi' : 'bios',
    secureBoot: secure,
    tpm: tpm !== undefined && tpm.toLowerCase() !== 'none',
  }
}

function productOf(system: XmlElement): Pick<OvfMachine, 'product'> {
  const section = child(system, 'ProductSection')
  if (section === undefined) return {}
  const [name, vendor, version] = ['Product', 'Vendor', 'Version'].map((part) => textOf(section, part))
  return {
    product: {
      ...(name === undefined ? {} : { name }),
      ...(vendor === undefined ? {} : { vendor }),
      ...(version === undefined ? {} : { version }),
    },
  }
}

function propertiesOf(section: XmlElement): OvfProperty[] {
  const [className, instance] = ['class', 'instance'].map((name) => section.attributes.get(name) ?? '')
  return childrenNamed(section, 'Property').map((property) => {
    const { attributes } = property
    const label = textOf(property, 'Label')
    const value = attributes.get('value') ?? child(property, 'Value')?.attributes.get('value') ?? ''
    return {
      key: [className, attributes.get('key') ?? '', instance].filter((part) => part !== '').join('.'),
      value,
      ...(label === undefined ? {} : { label }),
      password: attributes.get('password') === 'true' || /Password\(/i.test(attributes.get('qualifiers') ?? ''),
      userConfigurable: attributes.get('userConfigurable') === 'true',
    }
  })
}

/** VirtualBox and version 1 of the standard have sections directly, some writers in a Section of that type. */
function sections(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter(
    (entry) => entry.name === name || (entry.name === 'Section' && (entry.attributes.get('type') ?? '').includes(name)),
  )
}

export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element === undefined ? undefined : sections(element, name)[0]
}

export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((entry) => entry.name === name)
}

/** @returns undefined when it is not there or empty */
export function textOf(element: XmlElement, name: string): string | undefined {
  const text = childrenNamed(element, name)[0]?.text ?? ''
  return text === '' ? undefined : text
}
