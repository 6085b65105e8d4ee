/** The templates every engine brings: its own small guest, common server systems, the image built on the host, and empty machines. */

import type { JsonObject } from '@berth/meta'
import type { Architecture } from '../../defaulting/platform.ts'
import type { TemplateParameter, VirtualMachineTemplate } from '../../types/template.ts'
import { builtInGuest } from '../../names.ts'
import { cloudSystems, type CloudImage, type CloudSystem } from './cloud-images.ts'
import { cloudInit, cpus, diskSize, machine, memory, nameOf, password, sshKey, user } from './parts.ts'

/** Where the catalogue lies; readable by everyone who is signed in. */
export const templateNamespace = 'berth-templates'

/** What pages show of a template, beside its name. */
export const templateAnnotations = {
  displayName: 'berth.dev/display-name',
  description: 'berth.dev/description',
  /** Two or three letters for a tile. */
  icon: 'berth.dev/icon',
  /** Where it comes in the list; what has none comes last. */
  order: 'berth.dev/order',
  /** File of digests of an image whose digest cannot be told beforehand. */
  checksumFile: 'berth.dev/checksum-file',
} as const

/** `debian`, `windows`, … */
export const templateSystemLabel = 'berth.dev/system'

interface Entry {
  name: string
  displayName: string
  description: string
  icon: string
  system: string
  machine: JsonObject
  parameters: TemplateParameter[]
  message: string
  annotations?: Record<string, string>
}

/** In the order they are shown. */
export function commonTemplates(architecture: Architecture): VirtualMachineTemplate[] {
  const entries: Entry[] = [
    tinyGuest(),
    localDebian(),
    ...cloudSystems.flatMap((system) => {
      const image = system.images[architecture]
      return image === undefined ? [] : [cloudTemplate(system, image)]
    }),
    emptyLinux(),
    ...(architecture === 'amd64' ? [emptyWindows()] : []),
  ]
  return entries.map(toTemplate)
}

function toTemplate(entry: Entry, index: number): VirtualMachineTemplate {
  const { displayName, description, icon, order } = templateAnnotations
  return {
    apiVersion: 'template.kubevirt.io/v1beta1',
    kind: 'VirtualMachineTemplate',
    metadata: {
      namespace: templateNamespace,
      name: entry.name,
      labels: { [templateSystemLabel]: entry.system },
      annotations: {
        [displayName]: entry.displayName,
        [description]: entry.description,
        [icon]: entry.icon,
        [order]: String(index + 1).padStart(3, '0'),
        ...entry.annotations,
      },
    },
    spec: { virtualMachine: entry.machine, parameters: entry.parameters, message: entry.message },
  }
}

function tinyGuest(): Entry {
  const { image, kernelPath, initrdPath } = builtInGuest
  return {
    name: 'tiny-guest',
    displayName: 'Tiny guest',
    description: 'A kernel and a shell on the serial console. Up in seconds, without network and disk.',
    icon: 'T',
    system: 'linux',
    parameters: [nameOf('tiny'), cpus('1'), memory('128Mi')],
    machine: machine({
      domain: { firmware: { kernelBoot: { container: { image, kernelPath, initrdPath } } } },
      // It shows nothing on a screen: without one, its console is the serial one.
      devices: { autoattachGraphicsDevice: false },
    }),
    message: 'Open the serial console of ${NAME}: a shell is waiting there, without a password.',
  }
}

function localDebian(): Entry {
  return {
    name: 'debian-12-local',
    displayName: 'Debian 12, built here',
    description: 'From the image that is built on this host; nothing is downloaded.',
    icon: 'De',
    system: 'debian',
    parameters: [nameOf('debian'), cpus('1'), memory('1Gi'), diskSize('10Gi'), user('debian'), password, sshKey],
    machine: machine({
      source: { sourceRef: { kind: 'DataSource', namespace: 'berth-images', name: 'debian-12' } },
      userData: cloudInit,
    }),
    message: loginMessage,
  }
}

const icons: Readonly<Record<string, string>> = {
  debian: 'De',
  ubuntu: 'Ub',
  fedora: 'Fe',
  rocky: 'Ro',
  almalinux: 'Al',
  centos: 'Ce',
  opensuse: 'SU',
}

function cloudTemplate(system: CloudSystem, image: CloudImage): Entry {
  const { url, checksum, checksumFile } = image
  const description =
    checksum === undefined
      ? 'Cloud image, downloaded. Its project publishes no lasting digest to check.'
      : 'Cloud image, downloaded and checked against its published digest.'
  return {
    name: system.name,
    displayName: system.displayName,
    description,
    icon: icons[system.system] ?? system.displayName.slice(0, 2),
    system: system.system,
    ...(checksumFile === undefined ? {} : { annotations: { [templateAnnotations.checksumFile]: checksumFile } }),
    parameters: [
      nameOf(system.system),
      cpus('2'),
      memory('2Gi'),
      diskSize('20Gi'),
      user(system.user),
      password,
      sshKey,
    ],
    machine: machine({
      source: { source: { http: { url, ...(checksum === undefined ? {} : { checksum }) } } },
      userData: cloudInit,
    }),
    message: loginMessage,
  }
}

const loginMessage =
  'Once ${NAME} has booted, log in as ${CLOUD_USER}, with the password made for it or with your SSH key.'

const emptyMessage =
  'The disk of ${NAME} is empty. Put an installation image into its CD drive, or let it boot from the network.'

function emptyLinux(): Entry {
  return {
    name: 'empty-linux',
    displayName: 'Empty Linux VM',
    description: 'UEFI, an empty disk and an empty CD drive, for an installation from ISO or network.',
    icon: 'L',
    system: 'linux',
    parameters: [nameOf('linux'), cpus('2'), memory('2Gi'), diskSize('20Gi')],
    machine: machine({
      runStrategy: 'Manual',
      source: { source: { blank: {} } },
      domain: { firmware: { bootloader: { efi: { secureBoot: false } } } },
      cdrom: { bus: 'sata' },
      bootOrder: true,
    }),
    message: emptyMessage,
  }
}

/** Windows brings no driver for virtio; SATA and an Intel card are there from its first installation screen. */
function emptyWindows(): Entry {
  return {
    name: 'empty-windows',
    displayName: 'Empty Windows VM',
    description: 'Secure Boot, TPM, SATA disk and Intel network card: no more drivers are needed to install.',
    icon: 'W',
    system: 'windows',
    parameters: [nameOf('win'), cpus('4'), memory('8Gi'), diskSize('64Gi')],
    machine: machine({
      runStrategy: 'Manual',
      source: { source: { blank: {} } },
      diskBus: 'sata',
      interfaceModel: 'e1000e',
      domain: {
        clock: {
          utc: {},
          timer: { hpet: { present: false }, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' } },
        },
        features: {
          acpi: {},
          apic: {},
          smm: { enabled: true },
          hyperv: { relaxed: {}, vapic: {}, spinlocks: { spinlocks: 8191 } },
        },
        firmware: { bootloader: { efi: { secureBoot: true } } },
      },
      devices: { tpm: { persistent: true }, inputs: [{ name: 'tablet', type: 'tablet', bus: 'usb' }] },
      cdrom: { bus: 'sata' },
      bootOrder: true,
    }),
    message: emptyMessage,
  }
}
