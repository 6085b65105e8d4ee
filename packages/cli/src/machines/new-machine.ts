/** The VirtualMachine that `vm create` makes. Plain KubeVirt, nothing of Berth, but for an annotation with the login name. */

import {
  builtInGuest,
  type DataVolumeTemplate,
  type Disk,
  type DomainSpec,
  type VirtualMachine,
  type Volume,
} from '@berth/api'
import type { ImageSource } from './image-source.ts'

export interface MachineWish {
  name: string
  namespace: string
  source: ImageSource
  cpus: number
  /** A quantity: `2Gi`. */
  memory: string
  /** Size of the root disk; that of the image unless given. */
  diskSize?: string
  uefi: boolean
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
  const { name, namespace, source, cpus, memory, uefi, start, userData, loginUser } = wish
  const root = rootDisk(wish)
  const disks: Disk[] = root.volume === undefined ? [] : [{ name: 'root', disk: { bus: 'virtio' } }]
  const volumes: Volume[] = root.volume === undefined ? [] : [root.volume]
  if (userData !== undefined) {
    disks.push({ name: 'cloudinit', disk: { bus: 'virtio' } })
    volumes.push({ name: 'cloudinit', cloudInitNoCloud: { userData } })
  }
  const firmware = firmwareOf(source, uefi)
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
      ...(root.template === undefined ? {} : { dataVolumeTemplates: [root.template] }),
      template: {
        metadata: { labels: { 'vm.kubevirt.io/name': name } },
        spec: {
          domain: {
            cpu: { cores: cpus },
            memory: { guest: memory },
            ...(firmware === undefined ? {} : { firmware }),
            devices: { disks, interfaces: [{ name: 'default', masquerade: {} }], rng: {} },
          },
          networks: [{ name: 'default', pod: {} }],
          volumes,
        },
      },
    },
  }
}

function firmwareOf(source: ImageSource, uefi: boolean): DomainSpec['firmware'] {
  if (source.kind === 'builtIn') {
    const { image, kernelPath, initrdPath } = builtInGuest
    return { kernelBoot: { container: { image, kernelPath, initrdPath } } }
  }
  // Secure Boot needs system management mode, which not every host gives.
  return uefi ? { bootloader: { efi: { secureBoot: false } } } : undefined
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
