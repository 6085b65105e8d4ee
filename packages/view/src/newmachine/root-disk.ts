/** The disks of a new machine: the one it boots, the medium it is installed from, and those beside it. */

import type { DataVolumeTemplate, Disk, Volume } from '@berth/api'
import { defaultDownloadSize, defaultEmptySize, type ExtraDisk, type MachineWish } from './wish.ts'

export interface DiskParts {
  disks: Disk[]
  volumes: Volume[]
  templates: DataVolumeTemplate[]
}

type Spec = DataVolumeTemplate['spec']

/** @param bus undefined where a preference knows which one the system has a driver for */
export function rootDisk({ name, source, diskSize }: MachineWish, bus: Disk['disk']): DiskParts {
  const made = `${name}-root`
  const own = (content: Pick<Spec, 'source' | 'sourceRef'>, size: string | undefined): DiskParts => ({
    disks: [{ name: 'root', disk: { ...bus } }],
    volumes: [{ name: 'root', dataVolume: { name: made } }],
    templates: [{ metadata: { name: made }, spec: { ...sized(size), ...content } }],
  })
  const existing = (volume: Omit<Volume, 'name'>): DiskParts => ({
    disks: [{ name: 'root', disk: { ...bus } }],
    volumes: [{ name: 'root', ...volume }],
    templates: [],
  })
  switch (source.kind) {
    case 'builtIn':
      return diskSize === undefined ? none() : own({ source: { blank: {} } }, diskSize)
    case 'container':
      return existing({ containerDisk: { image: source.image } })
    case 'path':
      return existing({ hostDisk: { path: source.path, type: 'Disk' } })
    case 'claim':
      return existing({ persistentVolumeClaim: { claimName: source.name } })
    case 'url':
      return own({ source: { http: download(source) } }, diskSize ?? defaultDownloadSize)
    case 'copy':
      return own({ source: { pvc: { namespace: source.namespace, name: source.name } } }, diskSize)
    case 'dataSource':
      return own({ sourceRef: { kind: 'DataSource', namespace: source.namespace, name: source.name } }, diskSize)
    case 'empty':
      return own({ source: { blank: {} } }, diskSize ?? defaultEmptySize)
    case 'iso':
      return installation({ root: own({ source: { blank: {} } }, diskSize ?? defaultEmptySize), name, source })
  }
}

/** The disk first: while it is empty, the firmware goes on to the medium. */
function installation({
  root,
  name,
  source,
}: {
  root: DiskParts
  name: string
  source: { url: string; checksum?: string }
}): DiskParts {
  const medium = `${name}-iso`
  return {
    disks: [
      ...root.disks.map((disk) => ({ ...disk, bootOrder: 1 })),
      { name: 'iso', cdrom: { bus: 'sata' }, bootOrder: 2 },
    ],
    volumes: [...root.volumes, { name: 'iso', dataVolume: { name: medium } }],
    templates: [
      ...root.templates,
      { metadata: { name: medium }, spec: { ...sized(defaultDownloadSize), source: { http: download(source) } } },
    ],
  }
}

export function extraDisk(machine: string, wish: ExtraDisk, bus: Disk['disk']): DiskParts {
  const disks: Disk[] = [{ name: wish.name, disk: { ...bus } }]
  if (wish.kind === 'claim') {
    const volumes = [{ name: wish.name, persistentVolumeClaim: { claimName: wish.claim } }]
    return { disks, volumes, templates: [] }
  }
  const made = `${machine}-${wish.name}`
  const source = wish.kind === 'blank' ? { blank: {} } : { http: { url: wish.url } }
  return {
    disks,
    volumes: [{ name: wish.name, dataVolume: { name: made } }],
    templates: [{ metadata: { name: made }, spec: { ...sized(wish.size), source } }],
  }
}

const none = (): DiskParts => ({ disks: [], volumes: [], templates: [] })

function sized(size: string | undefined): Spec {
  return { storage: size === undefined ? {} : { resources: { requests: { storage: size } } } }
}

function download({ url, checksum }: { url: string; checksum?: string }): { url: string; checksum?: string } {
  return { url, ...(checksum === undefined || checksum === '' ? {} : { checksum }) }
}
