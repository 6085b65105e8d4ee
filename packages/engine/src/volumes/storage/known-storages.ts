/**
 * Storages beside the one in the data directory. They are remembered, so that an engine started without naming one again still finds
 * its volumes; and each is marked, so that an empty mount point never passes for a storage without volumes, nor one engine's storage
 * for another's.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isDns1123Label } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { localStorage, type StorageOption } from '../volume-types.ts'
import { writeDurably } from './durable.ts'

const listFile = 'storages.json'
const markFile = 'berth-storage.json'

interface Known {
  /** Of this data directory. */
  owner: string
  storages: StorageOption[]
}

/**
 * All storages of this host, the data directory's own first.
 * @param local its directory
 * @param given those named at this start; a known name may have another directory now, if that is where the storage went
 * @throws {EngineError} StorageUnusable
 */
export async function knownStorages(local: string, given: readonly StorageOption[]): Promise<StorageOption[]> {
  await mkdir(local, { recursive: true, mode: 0o700 })
  const known = await readKnown(local)
  for (const option of given) refuseBad(option)
  const names = given.map(({ name }) => name)
  const storages = [...known.storages.filter(({ name }) => !names.includes(name)), ...given]
  const isNew = known.storages.length === 0 && storages.length > 0
  const listed: Known = { owner: known.owner, storages }
  // The owner is on disk before any storage is marked with it; the list after all are: a storage that cannot be used is not remembered.
  if (isNew) await writeDurably(join(local, listFile), { ...known }, local)
  for (const storage of storages)
    await claimStorage(storage, {
      owner: known.owner,
      isKnown: known.storages.some(({ name }) => name === storage.name),
    })
  if (JSON.stringify(listed) !== JSON.stringify(known)) await writeDurably(join(local, listFile), listed, local)
  return [{ name: localStorage, directory: local }, ...storages]
}

/**
 * The storages that earlier starts have named, the data directory's own first. Looks and claims nothing: whoever starts an engine uses
 * {@link knownStorages}.
 * @throws {EngineError} StorageUnusable
 */
export async function rememberedStorages(local: string): Promise<StorageOption[]> {
  const { storages } = await readKnown(local)
  return [{ name: localStorage, directory: local }, ...storages]
}

async function readKnown(local: string): Promise<Known> {
  const text = await ifPresent(readFile(join(local, listFile), 'utf8'))
  if (text === undefined) return { owner: randomUUID(), storages: [] }
  const value: unknown = parse(text)
  if (isKnownList(value)) return value
  throw new EngineError('StorageUnusable', `the list of storages in ${local} cannot be read`, {
    remedy: `Restore ${listFile} from a backup of the data directory.`,
  })
}

function refuseBad({ name, directory }: StorageOption): void {
  if (name === localStorage || isDns1123Label(name).length > 0)
    throw new EngineError('StorageUnusable', `"${name}" cannot be the name of a storage`, {
      remedy: `Use lower-case letters, digits and dashes, and not "${localStorage}".`,
    })
  if (!isAbsolute(directory))
    throw new EngineError('StorageUnusable', `the directory of storage "${name}" must be an absolute path`)
}

async function claimStorage(
  { name, directory }: StorageOption,
  { owner, isKnown }: { owner: string; isKnown: boolean },
): Promise<void> {
  const path = join(directory, markFile)
  const text = await ifPresent(readFile(path, 'utf8'))
  if (text !== undefined) {
    const mark: unknown = parse(text)
    const marked = typeof mark === 'object' && mark !== null ? { ...mark } : {}
    if (Reflect.get(marked, 'owner') === owner && Reflect.get(marked, 'name') === name) return
    throw new EngineError('StorageUnusable', `${directory} is the storage of another engine, or has another name`, {
      remedy: 'Two engines must not share a storage: give this one a directory of its own.',
    })
  }
  if (isKnown)
    throw new EngineError('StorageUnusable', `storage "${name}" is not at ${directory}`, {
      remedy: `Mount its disk there, or say where it is now: berth up --storage ${name}=DIRECTORY`,
    })
  const there = await ifPresent(readdir(directory))
  if (there === undefined)
    throw new EngineError('StorageUnusable', `the directory ${directory} of storage "${name}" does not exist`, {
      remedy: 'Make it, on the file system whose room is meant, and start again.',
    })
  if (there.some((entry) => entry !== 'lost+found' && !entry.startsWith('.')))
    throw new EngineError('StorageUnusable', `the directory ${directory} of storage "${name}" is not empty`, {
      remedy: 'Give a directory of its own to each storage.',
    })
  await writeDurably(path, { owner, name }, directory)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: refused by the caller, who knows of what it is.
    return undefined
  }
}

function isKnownList(value: unknown): value is Known {
  if (typeof value !== 'object' || value === null) return false
  const storages: unknown = Reflect.get(value, 'storages')
  return (
    typeof Reflect.get(value, 'owner') === 'string' &&
    Array.isArray(storages) &&
    storages.every((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return false
      return typeof Reflect.get(entry, 'name') === 'string' && typeof Reflect.get(entry, 'directory') === 'string'
    })
  )
}
