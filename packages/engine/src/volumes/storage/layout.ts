/** Where a storage keeps what. Names that become paths are checked here and nowhere else. */

import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskFormat } from '@berth/imaging'
import { isDns1123Subdomain } from '@berth/meta'
import { EngineError } from '../../errors.ts'

/** In a volume that keeps files of the engine's instead of a disk. */
const stateFolder = 'state'
const volumeFile = 'volume.json'

export class StorageLayout {
  readonly name: string
  readonly directory: string
  /** Every image, volumes' heads and layers alike: a backing name in a header is a plain name in here. */
  readonly images: string
  readonly volumes: string
  readonly snapshots: string
  /** Snapshots of volumes that keep a folder instead of a disk. */
  readonly states: string
  /** Half-made things; emptied at the start. */
  readonly staging: string
  /** What is under way and takes several steps. */
  readonly journal: string

  constructor({ name, directory }: { name: string; directory: string }) {
    this.name = name
    this.directory = directory
    this.images = join(directory, 'images')
    this.volumes = join(directory, 'volumes')
    this.snapshots = join(directory, 'snapshots')
    this.states = join(directory, 'states')
    this.staging = join(directory, 'staging')
    this.journal = join(directory, 'journal')
  }

  async make(): Promise<void> {
    for (const folder of [this.images, this.volumes, this.snapshots, this.states, this.staging, this.journal])
      await mkdir(folder, { recursive: true, mode: 0o700 })
  }

  image(file: string): string {
    return join(this.images, checkedImage(file))
  }

  folder(volume: string): string {
    return join(this.volumes, checked(volume, 'volume'))
  }

  volumeFile(volume: string): string {
    return join(this.folder(volume), volumeFile)
  }

  state(volume: string): string {
    return join(this.folder(volume), stateFolder)
  }

  /** What takes the place of a volume's folder. */
  nextState(volume: string): string {
    return join(this.folder(volume), `${stateFolder}.next`)
  }

  /** The folder of a snapshot of a volume that keeps a folder. */
  frozenState(handle: string): string {
    return join(this.states, checked(handle, 'snapshot'))
  }

  snapshotFile(handle: string): string {
    return join(this.snapshots, `${checked(handle, 'snapshot')}.json`)
  }

  journalFile(entry: string): string {
    return join(this.journal, `${checked(entry, 'journal entry')}.json`)
  }

  /** A name that nothing has. */
  newStaging(suffix = ''): string {
    return join(this.staging, randomUUID() + suffix)
  }
}

export function newImageName(format: DiskFormat): string {
  return `${randomUUID()}.${format}`
}

const basePrefix = 'golden-'

/** How the names of images begin that several volumes are made from: by what they hold, so that each is made once in a storage. */
export function baseImagePrefix(digest: string): string {
  return `${basePrefix}${digest.replace(/^sha256:/, '').slice(0, 40)}-`
}

/** Nobody ever writes to such an image, not even when only one volume is left that lies on it: the next one looks for it by its name. */
export function isBaseImage(image: string): boolean {
  return image.startsWith(basePrefix)
}

/** Formats are never probed: a raw image could claim to be anything. */
export function formatOf(image: string): DiskFormat {
  return image.endsWith('.qcow2') ? 'qcow2' : 'raw'
}

/** A plain name, as this engine gives them. */
export function isImageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,99}\.(?:qcow2|raw)$/.test(name)
}

function checkedImage(file: string): string {
  if (isImageName(file)) return file
  throw new EngineError('InvalidName', `${JSON.stringify(file)} cannot be the name of an image of a volume`)
}

function checked(name: string, what: 'volume' | 'snapshot' | 'journal entry'): string {
  if (isDns1123Subdomain(name).length === 0) return name
  throw new EngineError('InvalidName', `"${name}" cannot be the name of a ${what}`, {
    remedy: 'Such names are lower-case letters, digits, dashes and dots.',
  })
}
