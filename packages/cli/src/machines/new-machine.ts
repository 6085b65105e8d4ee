/** The VirtualMachine that `vm create` makes. Plain KubeVirt, nothing of Berth, but for an annotation with the login name. */

import {
  builtInGuest,
  type DataVolumeTemplate,
  type Disk,
  type DomainSpec,
  type Matcher,
  type VirtualMachine,
  type Volume,
} from '@berth/api'
import type { ImageSource } from './image-source.ts'

export interface MachineWish {
  name: string
  namespace: string
  source: ImageSource
  /** Left out with an instance type. */
  cpus?: number
  /** A quantity: `2Gi`. Left out with an instance type. */
  memory?: string
  instancetype?: Matcher
  preference?: Matcher
  /** Size of the root disk; that of the image unless given. */
  diskSize?: string
  /** `secure` is UEFI that starts what is signed and nothing else. */
  boot: 'bios' | 'uefi' | 'secure'
  tpm: boolean
  start: boolean
  /** cloud-init user data. */
  userData?: string
  loginUser?: string
}

/** `berth vm ssh` logs in as this user. */
export const loginUserAnnotation = 'berth.dev/login-user'
/** An image behind a URL tells its size only when it is there. */
const defaultDownloadSize = '10Gi'

export function newMachine(wish: MachineWish): VirtualMachine {
  const { name, namespace, source, cpus, memory, instancetype, preference, boot, tpm, start, userData, loginUser } =
    wish
  const root = rootDisk(wish)
  // A preference knows which bus the system has a driver for.
  const disk: Disk['disk'] = preference === undefined ? { bus: 'virtio' } : {}
  const disks: Disk[] = root.volume === undefined ? [] : [{ name: 'root', disk }]
  const volumes: Volume[] = root.volume === undefined ? [] : [root.volume]
  if (userData !== undefined) {
    disks.push({ name: 'cloudinit', disk })
    volumes.push({ name: 'cloudinit', cloudInitNoCloud: { userData } })
  }
  const firmware = firmwareOf(source, boot)
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace,
      ...(loginUser === undefined ? {} : { annotations: { [loginUserAnnotation]: loginUser } }),
    },
    spec: {
      runStrategy: start ? 'Always' : 'Halted',
      ...(instancetype === undefined ? {} : { instancetype }),
      ...(preference === undefined ? {} : { preference }),
      ...(root.template === undefined ? {} : { dataVolumeTemplates: [root.template] }),
      template: {
        metadata: { labels: { 'vm.kubevirt.io/name': name } },
        spec: {
          domain: {
            ...(cpus === undefined ? {} : { cpu: { cores: cpus } }),
            ...(memory === undefined ? {} : { memory: { guest: memory } }),
            // Secure Boot is kept from the guest by system management mode.
            ...(boot === 'secure' ? { features: { smm: { enabled: true } } } : {}),
            ...(firmware === undefined ? {} : { firmware }),
            devices: {
              disks,
              interfaces: [{ name: 'default', masquerade: {} }],
              rng: {},
              ...(tpm ? { tpm: { persistent: true } } : {}),
            },
          },
          networks: [{ name: 'default', pod: {} }],
          volumes,
        },
      },
    },
  }
}

function firmwareOf(source: ImageSource, boot: MachineWish['boot']): DomainSpec['firmware'] {
  if (source.kind === 'builtIn') {
    const { image, kernelPath, initrdPath } = builtInGuest
    return { kernelBoot: { container: { image, kernelPath, initrdPath } } }
  }
  return boot === 'bios' ? undefined : { bootloader: { efi: { secureBoot: boot === 'secure' } } }
}

function rootDisk({ name, source, diskSize }: MachineWish): { volume?: Volume; template?: DataVolumeTemplate } {
  const template = `${name}-root`
  const volume: Volume = { name: 'root', dataVolume: { name: template } }
  const sized = (size: string | undefined): DataVolumeTemplate['spec'] => ({
    storage: size === undefined ? {} : { resources: { requests: { storage: size } } },
  })
  switch (source.kind) {
    case 'builtIn':
      return diskSize === undefined
        ? {}
        : { volume, template: { metadata: { name: template }, spec: { ...sized(diskSize), source: { blank: {} } } } }
    case 'container':
      return { volume: { name: 'root', containerDisk: { image: source.image } } }
    case 'path':
      return { volume: { name: 'root', hostDisk: { path: source.path, type: 'Disk' } } }
    case 'url': {
      const spec = { ...sized(diskSize ?? defaultDownloadSize), source: { http: { url: source.url } } }
      return { volume, template: { metadata: { name: template }, spec } }
    }
    case 'dataSource':
      break
  }
  const sourceRef = { kind: 'DataSource' as const, namespace: source.namespace, name: source.name }
  return { volume, template: { metadata: { name: template }, spec: { ...sized(diskSize), sourceRef } } }
}
