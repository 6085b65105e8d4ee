/**
 * Volumes and snapshots of which nobody can read what is written about them. They are there, and out of service; which images are theirs
 * is not known, so that none of their storage is removed or merged until a new start can read it again. An entry of the journal that
 * nobody can read may be about any volume of its storage, and what it was to put right may read wrong until then: the whole storage is
 * out of service.
 */

import { EngineError } from '../../errors.ts'
import { unreadable } from './records.ts'

/** `ENOENT`: a folder lists it, and it leads nowhere. */
const damageCodes: ReadonlySet<string> = new Set(['EIO', 'EBADMSG', 'EISDIR', 'ENOTDIR', 'ENOENT', 'ELOOP', 'ENXIO'])
/** EUCLEAN, as XFS and ext4 say when they find themselves broken; Node has no name for it. */
const structureNeedsCleaning = 117

export class Unknown {
  readonly volumes = new Map<string, EngineError>()
  readonly snapshots = new Map<string, EngineError>()
  /** Of the journal. */
  readonly entries = new Map<string, EngineError>()

  /** Why something cannot be known; undefined when everything is. */
  get first(): EngineError | undefined {
    return [...this.volumes.values(), ...this.snapshots.values(), ...this.entries.values()][0]
  }

  /** Why nothing at all can be done in the storage. */
  get whole(): EngineError | undefined {
    return [...this.entries.values()][0]
  }
}

/**
 * Reads what is written about something; what is damaged is put into `unknown` under the name.
 * @param about.tell why it is unknown, for a person
 * @throws what is no damage: that is to be looked after before an engine can start
 */
export async function unlessDamaged(
  reading: () => Promise<void>,
  about: { name: string; unknown: Map<string, EngineError>; tell: (error: unknown) => EngineError },
): Promise<void> {
  try {
    await reading()
  } catch (error) {
    if (!isDamage(error)) throw error
    about.unknown.set(about.name, about.tell(error))
  }
}

export function unknownRecord(what: 'volume' | 'snapshot', name: string): (error: unknown) => EngineError {
  return (error) => (error instanceof EngineError ? error : unreadable(`${what} "${name}"`, error))
}

export function unknownEntry(storage: string, name: string): (error: unknown) => EngineError {
  return (cause) =>
    new EngineError(
      'StorageUnusable',
      `storage "${storage}" is out of service: entry ${JSON.stringify(name)} of its journal cannot be read, and nobody knows which of its disks it is about`,
      {
        cause,
        remedy:
          'Nothing in it is changed meanwhile. Put the file back as it was and start the engine again. If it is lost: stop the machines of this storage, copy its folder, move the file out of `journal`, start the engine again, and check the disks: one that was being merged may be broken.',
      },
    )
}

/** Of an entry in a folder, of its content, or of the disk that it lies on. */
export function isDamage(error: unknown): boolean {
  if (error instanceof EngineError) return true
  if (!(error instanceof Error)) return false
  const code: unknown = 'code' in error ? error.code : undefined
  return (
    (typeof code === 'string' && damageCodes.has(code)) || ('errno' in error && error.errno === -structureNeedsCleaning)
  )
}
