/** The VirtualMachine that a wish comes to. Plain KubeVirt, nothing of Berth, but for an annotation with the login name. */

import {
  builtInGuest,
  type CloudInitSource,
  type Disk,
  type DomainSpec,
  type Interface,
  type Network,
  type VirtualMachine,
} from '@berth/api'
import { extraDisk, rootDisk } from './root-disk.ts'
import { descriptionAnnotation, loginUserAnnotation, type MachineWish, type NetworkCard } from './wish.ts'

const podCard: NetworkCard = { name: 'default', binding: 'masquerade' }

export function newMachine(wish: MachineWish): VirtualMachine {
  const { name, namespace, cpus, memory, instancetype, preference, boot, tpm } = wish
  const parts = diskParts(wish)
  const firmware = firmwareOf(wish)
  const { interfaces, networks } = networkParts(wish.networks ?? [podCard])
  const annotations = annotationsOf(wish)
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace,
      ...(wish.labels === undefined ? {} : { labels: { ...wish.labels } }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      runStrategy: wish.runStrategy ?? (wish.start ? 'Always' : 'Halted'),
      ...(instancetype === undefined ? {} : { instancetype }),
      ...(preference === undefined ? {} : { preference }),
      ...(parts.templates.length === 0 ? {} : { dataVolumeTemplates: parts.templates }),
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
              disks: parts.disks,
              interfaces,
              rng: {},
              ...(tpm ? { tpm: { persistent: true } } : {}),
            },
          },
          ...(wish.hostname === undefined ? {} : { hostname: wish.hostname }),
          ...(wish.nodeSelector === undefined ? {} : { nodeSelector: { ...wish.nodeSelector } }),
          ...(wish.graceSeconds === undefined ? {} : { terminationGracePeriodSeconds: wish.graceSeconds }),
          networks,
          volumes: parts.volumes,
        },
      },
    },
  }
}

function diskParts(wish: MachineWish) {
  // A preference knows which bus the system has a driver for.
  const bus: Disk['disk'] = wish.preference === undefined ? { bus: 'virtio' } : {}
  const all = [rootDisk(wish, bus), ...(wish.disks ?? []).map((disk) => extraDisk(wish.name, disk, bus))]
  const disks = all.flatMap((part) => part.disks)
  const volumes = all.flatMap((part) => part.volumes)
  const templates = all.flatMap((part) => part.templates)
  const cloudInit = cloudInitOf(wish)
  if (cloudInit !== undefined) {
    disks.push({ name: 'cloudinit', disk: bus })
    volumes.push({ name: 'cloudinit', cloudInitNoCloud: cloudInit })
  }
  if (wish.sysprep !== undefined) {
    const { kind, name } = wish.sysprep
    // Windows' set-up looks for its answers on removable drives.
    disks.push({ name: 'sysprep', cdrom: { bus: 'sata' } })
    volumes.push({ name: 'sysprep', sysprep: kind === 'secret' ? { secret: { name } } : { configMap: { name } } })
  }
  return { disks, volumes, templates }
}

function cloudInitOf({ userData, networkData }: MachineWish): CloudInitSource | undefined {
  if (userData === undefined && networkData === undefined) return undefined
  return {
    // KubeVirt takes no network data without user data.
    userData: userData ?? '#cloud-config\n{}\n',
    ...(networkData === undefined ? {} : { networkData }),
  }
}

function networkParts(cards: readonly NetworkCard[]): { interfaces: Interface[]; networks: Network[] } {
  return {
    interfaces: cards.map(({ name, network, binding, model, macAddress }) => ({
      name,
      ...(network !== undefined || binding === 'bridge' ? { bridge: {} } : { masquerade: {} }),
      ...(model === undefined ? {} : { model }),
      ...(macAddress === undefined || macAddress === '' ? {} : { macAddress }),
    })),
    networks: cards.map(({ name, network }) =>
      network === undefined ? { name, pod: {} } : { name, multus: { networkName: network } },
    ),
  }
}

function annotationsOf({ loginUser, description }: MachineWish): Record<string, string> {
  return {
    ...(loginUser === undefined ? {} : { [loginUserAnnotation]: loginUser }),
    ...(description === undefined || description === '' ? {} : { [descriptionAnnotation]: description }),
  }
}

function firmwareOf({ source, boot }: MachineWish): DomainSpec['firmware'] {
  if (source.kind === 'builtIn') {
    const { image, kernelPath, initrdPath } = builtInGuest
    return { kernelBoot: { container: { image, kernelPath, initrdPath } } }
  }
  return boot === 'bios' ? undefined : { bootloader: { efi: { secureBoot: boot === 'secure' } } }
}
