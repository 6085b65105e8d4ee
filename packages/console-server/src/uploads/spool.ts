/**
 * Files that are being sent, until they have become disks: per upload the bytes (`ID.part`) and what is known of it (`ID.json`).
 * The bytes are made first and the record removed first, so whatever lies here without its other half was stopped in between and is
 * nobody's; how much has arrived is what the file holds. Names are random; a person's file name is never part of a path.
 */

import { createHash, randomBytes, type Hash } from 'node:crypto'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '@berth/base'
import { freeBytes, openFileBytes, type FileBytes } from '@berth/imaging'
import { isJsonObject } from '@berth/meta'
import type { UploadWish } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import {
  isMissing,
  jsonFilesIn,
  makePrivateFolder,
  readJsonFile,
  removeFile,
  writeJsonFile,
} from '../files/private-files.ts'
import { uploadBounds } from './bounds.ts'
import { parseWish } from './parse-wish.ts'

export interface UploadRecord {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly size: number
  readonly modified?: number
  readonly createdAt: string
  /** When something last happened to it, milliseconds since 1970. */
  touchedMs: number
  sha256?: string
  expected?: string
  wish?: UploadWish
  failed?: string
}

export interface Spool {
  /** @throws {ConsoleError} TooLarge, TooManyRequests */
  create(wanted: Pick<UploadRecord, 'id' | 'owner' | 'name' | 'size' | 'modified' | 'expected'>): Promise<void>
  /** @throws {ConsoleError} NotFound, also for somebody else's */
  find(owner: string, id: string): UploadRecord
  /** Whoever asked was checked before. @throws {ConsoleError} NotFound */
  get(id: string): UploadRecord
  of(owner: string): UploadRecord[]
  received(id: string): Promise<number>
  /** What comes is kept as far as it comes. @returns how much is here then. @throws {ConsoleError} TooLarge where no room is left */
  append(id: string, offset: number, content: Readable): Promise<number>
  save(record: UploadRecord): Promise<void>
  remove(id: string): Promise<void>
  open(record: UploadRecord): Promise<FileBytes>
  /** Of the whole file, in hexadecimal. */
  checksum(record: UploadRecord): Promise<string>
  /** When it is thrown away if nothing happens to it; milliseconds since 1970. */
  expiresMs(record: UploadRecord, received: number): number
  removeExpired(keep: (id: string) => boolean): Promise<void>
}

export const newUploadId = (): string => randomBytes(16).toString('hex')
const idPattern = /^[0-9a-f]{32}$/

/** @param free bytes that the file system of a folder has left */
export async function openSpool(folder: string, clock: Clock, free = freeBytes): Promise<Spool> {
  await makePrivateFolder(folder)
  const records = new Map<string, UploadRecord>()
  /** As far as it was counted while it arrived. */
  const hashes = new Map<string, { at: number; hash: Hash }>()
  /** When its last byte came, milliseconds since 1970; room is held for those of whom that is not long ago. */
  const cameMs = new Map<string, number>()
  const dataOf = (id: string): string => join(folder, `${id}.part`)
  const recordOf = (id: string): string => join(folder, `${id}.json`)
  const nowMs = (): number => clock.now().getTime()

  await removeStrays()

  /** Undefined only where there is no such file: what cannot be read now is not to be taken for gone. */
  async function sizeIfAny(id: string): Promise<number | undefined> {
    try {
      return (await stat(dataOf(id))).size
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async function removeStrays(): Promise<void> {
    for (const id of await jsonFilesIn(folder)) {
      const record = idPattern.test(id) ? readRecord(id, await readJsonFile(recordOf(id))) : undefined
      const there = await sizeIfAny(id)
      if (record !== undefined && there !== undefined && there <= record.size) {
        records.set(id, record)
        // Whoever was sending has an hour to go on.
        cameMs.set(id, nowMs())
      } else await removeFile(recordOf(id))
    }
    for (const name of await readdir(folder)) {
      if (name.endsWith('.part') && !records.has(name.slice(0, -'.part'.length))) await removeFile(join(folder, name))
    }
  }

  const get = (id: string): UploadRecord => {
    const record = records.get(id)
    if (record === undefined)
      throw new ConsoleError('NotFound', 'there is no such upload; it may have been thrown away')
    return record
  }
  const received = async (id: string): Promise<number> => (await stat(dataOf(id))).size

  const spool: Spool = {
    async create({ id, owner, name, size, modified, expected }) {
      const own = spool.of(owner)
      if (size > uploadBounds.fileBytes) throw new ConsoleError('TooLarge', `${name} is larger than 8 TiB`)
      if (own.length >= uploadBounds.perPerson) {
        throw new ConsoleError('TooManyRequests', `${own.length} of your uploads are here`, {
          remedy: 'Finish or remove some of them.',
        })
      }
      if (own.reduce((sum, each) => sum + each.size, size) > uploadBounds.personBytes) {
        throw new ConsoleError('TooLarge', 'your uploads together are larger than 16 TiB', {
          remedy: 'Finish or remove some of them.',
        })
      }
      const record: UploadRecord = {
        id,
        owner,
        name,
        size,
        ...(modified === undefined ? {} : { modified }),
        createdAt: clock.now().toISOString(),
        touchedMs: nowMs(),
        ...(expected === undefined ? {} : { expected }),
      }
      // Counted from now on, also against those that ask while the disk is looked at.
      records.set(id, record)
      cameMs.set(id, nowMs())
      try {
        await requireRoom(record)
        const file = await open(dataOf(id), 'wx', 0o600)
        await file.close()
        await writeJsonFile(recordOf(id), record)
      } catch (error) {
        records.delete(id)
        cameMs.delete(id)
        await rm(dataOf(id), { force: true })
        throw error
      }
    },
    get,
    find(owner, id) {
      const record = get(id)
      if (record.owner !== owner)
        throw new ConsoleError('NotFound', 'there is no such upload; it may have been thrown away')
      return record
    },
    of: (owner) => [...records.values()].filter((record) => record.owner === owner),
    received,
    async append(id, offset, content) {
      const record = get(id)
      const known = hashes.get(id)
      const running = offset === 0 ? { at: 0, hash: createHash('sha256') } : known?.at === offset ? known : undefined
      hashes.delete(id)
      // Others may have been promised what was held for it.
      if (!isHeld(record)) {
        await requireRoom(record)
        cameMs.set(id, nowMs())
      }
      const file = await open(dataOf(id), 'r+')
      let at = offset
      try {
        for await (const chunk of content) {
          // tus hands on what the request has, which is bytes.
          const bytes = chunk as Buffer
          await writeAll(file, bytes, at)
          at += bytes.length
          if (cameMs.has(id)) cameMs.set(id, nowMs())
          running?.hash.update(bytes)
        }
        if (running !== undefined) hashes.set(id, { at, hash: running.hash })
      } catch (error) {
        if (isFull(error)) {
          throw new ConsoleError('TooLarge', `no room is left for ${record.name} where the console keeps uploads`, {
            cause: error,
            remedy: 'Make room there, then go on: what has arrived is kept.',
          })
        }
        throw error
      } finally {
        record.touchedMs = nowMs()
        // What is said to have arrived is there after a power cut too.
        try {
          await file.sync()
        } finally {
          await file.close()
        }
      }
      return at
    },
    async save(record) {
      record.touchedMs = nowMs()
      if (records.get(record.id) === record) await writeJsonFile(recordOf(record.id), record)
    },
    async remove(id) {
      records.delete(id)
      cameMs.delete(id)
      hashes.delete(id)
      await removeFile(recordOf(id))
      await removeFile(dataOf(id))
    },
    async open(record) {
      return openFileBytes(dataOf(record.id))
    },
    async checksum(record) {
      const running = hashes.get(record.id)
      hashes.delete(record.id)
      if (running?.at === record.size) return running.hash.digest('hex')
      const file = await open(dataOf(record.id), 'r')
      const hash = createHash('sha256')
      for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
      return hash.digest('hex')
    },
    expiresMs({ createdAt, touchedMs }, there) {
      // Something may happen to an empty one without end: it is told again and again what is to become of it.
      return there === 0 ? Date.parse(createdAt) + uploadBounds.keepEmptyMs : touchedMs + uploadBounds.keepMs
    },
    async removeExpired(keep) {
      // What is removed meanwhile is no more met.
      for (const record of records.values()) {
        const { id } = record
        if (keep(id)) continue
        const there = await sizeIfAny(id)
        if (records.get(id) === record && spool.expiresMs(record, there ?? 0) < nowMs()) await spool.remove(id)
      }
    },
  }
  return spool

  function isHeld({ id }: UploadRecord): boolean {
    return (cameMs.get(id) ?? 0) + uploadBounds.holdMs >= nowMs()
  }

  async function missing({ id, size }: UploadRecord): Promise<number> {
    return Math.max(0, size - ((await sizeIfAny(id)) ?? 0))
  }

  /** What others were promised counts as taken, and nobody is promised all there is. */
  async function requireRoom(record: UploadRecord): Promise<void> {
    const { id, owner, name } = record
    let [promised, own] = [0, 0]
    for (const other of records.values()) {
      if (other.id === id || !isHeld(other)) continue
      const more = await missing(other)
      promised += more
      if (other.owner === owner) own += more
    }
    const wanted = await missing(record)
    const room = Math.max(0, (await free(folder)) - uploadBounds.reserveBytes)
    if (room < wanted + promised) {
      throw new ConsoleError('TooLarge', `there is no room for ${name} where the console keeps uploads`, {
        remedy: `It needs ${inWords(wanted)}, ${inWords(Math.max(0, room - promised))} are left. Make room there, or remove other uploads.`,
      })
    }
    const share = room * uploadBounds.personShare
    if (share < wanted + own) {
      throw new ConsoleError('TooLarge', `${name} would take more of the room for uploads than one person may have`, {
        remedy: `It needs ${inWords(wanted)}, and ${inWords(Math.max(0, share - own))} are left for you. Finish or remove others of your uploads, or make room where the console keeps them.`,
      })
    }
  }
}

/** Rounded down, as people read it. */
function inWords(bytes: number): string {
  const step = units.findIndex((_unit, at) => bytes < 1024 ** (at + 1))
  const at = step < 0 ? units.length - 1 : step
  return `${Math.floor((bytes / 1024 ** at) * 10) / 10} ${units[at] ?? ''}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done)
    done += bytesWritten
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** A record of an earlier version, or a torn one, is as good as none. */
function readRecord(id: string, value: unknown): UploadRecord | undefined {
  if (!isJsonObject(value)) return undefined
  const { owner, name, size, modified, createdAt, touchedMs, sha256, expected, failed, wish } = value
  if (typeof owner !== 'string' || typeof name !== 'string' || typeof createdAt !== 'string') return undefined
  if (typeof size !== 'number' || typeof touchedMs !== 'number') return undefined
  return {
    id,
    owner,
    name,
    size,
    createdAt,
    touchedMs,
    ...(typeof modified === 'number' ? { modified } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(typeof expected === 'string' ? { expected } : {}),
    ...(typeof failed === 'string' ? { failed } : {}),
    ...(wish === undefined ? {} : { wish: parseWish(wish) }),
  }
}
