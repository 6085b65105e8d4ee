/** The part of the server that keeps what browsers send, and makes disks and machines of it. */

import { join } from 'node:path'
import { messageOf, type Clock, type Logger } from '@berth/base'
import {
  OvfError,
  uploadsPath,
  type ObjectReference,
  type UploadedPackage,
  type UploadInfo,
  type UploadWish,
} from '@berth/view'
import type { Cluster } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'
import { isMissing } from '../files/private-files.ts'
import type { Part } from '../parts.ts'
import type { Session } from '../sessions/session.ts'
import { tasks } from '../tasks/tasks.ts'
import type { TaskBook, TaskRecord } from '../tasks/task-book.ts'
import { uploadBounds } from './bounds.ts'
import { deliver, taskActionOf, type DeliveryWorld } from './deliver.ts'
import { openPackage } from './open-package.ts'
import { openSpool, type Spool, type UploadRecord } from './spool.ts'
import { openTusDoor, type TusDoor } from './tus-door.ts'

export interface Uploads {
  door: TusDoor
  spool: Spool
  list(owner: string): Promise<UploadInfo[]>
  /** What is to become of it; begun as soon as it is whole. @throws {ConsoleError} NotFound, Conflict while that is under way */
  wish(session: Session, id: string, wish: UploadWish): Promise<UploadInfo>
  /** Its last byte has come. */
  onWhole(session: Session, id: string): void
  /** @throws {ConsoleError} NotFound, Conflict, BadRequest for what is no package, in words of what is wrong with it */
  package(owner: string, id: string): Promise<UploadedPackage>
  /** Ends what is being made of it first. */
  cancel(id: string): Promise<void>
  close(): Promise<void>
}

/** Opened when first asked for: what was left by an earlier run is found then. */
export const uploads: Part<{ open(this: void): Promise<Uploads>; close(this: void): Promise<void> }> = {
  name: 'uploads',
  create({ clusters, clock, logger, dataDirectory, part }) {
    let opened: Promise<Uploads> | undefined
    const { book } = part(tasks)
    const folder = join(dataDirectory, 'uploads')
    return {
      open: () => (opened ??= openUploads({ clusters, clock, logger, book, folder })),
      close: async () => (await opened)?.close(),
    }
  },
  close: ({ close }) => close(),
}

interface Delivering {
  task?: TaskRecord
  done: Promise<void>
}

async function openUploads(options: {
  clusters: readonly Cluster[]
  clock: Clock
  logger: Logger
  book: TaskBook
  folder: string
}): Promise<Uploads> {
  const { clock, logger, folder } = options
  const spool = await openSpool(folder, clock)
  const delivering = new Map<string, Delivering>()
  const checking = new Map<string, Promise<void>>()
  const world: DeliveryWorld = { ...options, spool }
  let stopSweeping = (): void => undefined

  function sweep(): void {
    spool
      .removeExpired((id) => delivering.has(id))
      .catch((error: unknown) => logger.error({ error: messageOf(error) }, 'old uploads could not be removed'))
    stopSweeping = clock.after(uploadBounds.sweepMs, sweep)
  }
  sweep()

  /** Counted once; everybody who asks meanwhile waits for the same. */
  async function check(record: UploadRecord): Promise<void> {
    if (record.sha256 !== undefined) return
    const running =
      checking.get(record.id) ??
      (async () => {
        record.sha256 = await spool.checksum(record)
        if (record.expected !== undefined && record.expected !== record.sha256) {
          record.failed = `${record.name} is not what it should be: its SHA-256 checksum is ${record.sha256}, and ${record.expected} was expected. Fetch the file again.`
        }
        await spool.save(record)
      })().finally(() => checking.delete(record.id))
    checking.set(record.id, running)
    await running
  }

  const isDamaged = ({ expected, sha256 }: UploadRecord): boolean =>
    expected !== undefined && sha256 !== undefined && expected !== sha256

  /** Never rejects: what went wrong is kept with the upload, and told by its task where it has one. */
  function begin(session: Session, record: UploadRecord, wish: UploadWish, known?: TaskRecord): Delivering {
    const running = delivering.get(record.id)
    if (running !== undefined) return running
    const entry: Delivering = { done: Promise.resolve(), ...(known === undefined ? {} : { task: known }) }
    delivering.set(record.id, entry)
    const work = async (): Promise<void> => {
      try {
        await check(record)
        if (isDamaged(record)) return
        delete record.failed
        await spool.save(record)
        const { task, done } = await deliver(record, wish, {
          session,
          world,
          ...(known === undefined ? {} : { task: known }),
          again: (asked, targets) => retry(asked, { id: record.id, wish, targets }),
        })
        entry.task = task
        await done
        await spool.remove(record.id)
      } catch (error) {
        record.failed = messageOf(error)
        await spool.save(record)
      } finally {
        delivering.delete(record.id)
      }
    }
    entry.done = work().catch((error: unknown) => {
      logger.error({ error: messageOf(error) }, 'what became of an upload could not be kept')
    })
    return entry
  }

  function retry(
    session: Session,
    { id, wish, targets }: { id: string; wish: UploadWish; targets: readonly ObjectReference[] },
  ): TaskRecord {
    const record = spool.find(session.owner, id)
    if (delivering.has(id)) throw new ConsoleError('Conflict', 'it is being made already')
    const task = options.book.open({ owner: session.owner, action: taskActionOf(wish), targets })
    begin(session, record, wish, task)
    return task
  }

  async function infoOf(record: UploadRecord): Promise<UploadInfo> {
    const { id, name, size, modified, createdAt, sha256, expected, wish, failed } = record
    // Removed by somebody meanwhile: nothing is here. What only cannot be read now is not to look like that.
    const received = await spool.received(id).catch((error: unknown) => {
      if (isMissing(error)) return 0
      throw error
    })
    const entry = delivering.get(id)
    return {
      id,
      name,
      size,
      received,
      createdAt,
      expiresAt: new Date(spool.expiresMs(record, received)).toISOString(),
      state: stateOf(),
      ...(modified === undefined ? {} : { modified }),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(expected === undefined ? {} : { expected }),
      ...(wish === undefined ? {} : { wish }),
      ...(entry?.task === undefined ? {} : { task: entry.task.id }),
      ...(failed === undefined ? {} : { message: failed }),
    }

    function stateOf(): UploadInfo['state'] {
      if (received < size) return 'receiving'
      if (sha256 === undefined) return 'checking'
      if (entry !== undefined) return 'delivering'
      return failed === undefined ? 'here' : 'failed'
    }
  }

  async function isWhole({ id, size }: UploadRecord): Promise<boolean> {
    return (await spool.received(id)) === size
  }

  return {
    spool,
    door: openTusDoor({ spool, path: uploadsPath, logger }),
    list: async (owner) => Promise.all(spool.of(owner).map(infoOf)),
    async wish(session, id, wish) {
      const record = spool.find(session.owner, id)
      if (delivering.has(id)) throw new ConsoleError('Conflict', 'it is being made already')
      record.wish = wish
      await spool.save(record)
      if (await isWhole(record)) begin(session, record, wish)
      return infoOf(record)
    },
    onWhole(session, id) {
      const record = spool.get(id)
      if (record.wish !== undefined) begin(session, record, record.wish)
      else {
        check(record).catch((error: unknown) =>
          logger.error({ error: messageOf(error) }, 'an upload cannot be checked'),
        )
      }
    },
    async package(owner, id) {
      const record = spool.find(owner, id)
      if (!(await isWhole(record))) throw new ConsoleError('Conflict', `${record.name} has not arrived yet`)
      const file = await spool.open(record)
      try {
        const { package: found, hasManifest, signed } = await openPackage(file, record.name)
        return { package: found, hasManifest, signed }
      } catch (error) {
        if (error instanceof OvfError) throw new ConsoleError('BadRequest', error.message, { cause: error })
        throw error
      } finally {
        await file.close()
      }
    },
    async cancel(id) {
      const entry = delivering.get(id)
      entry?.task?.cancel.abort()
      await entry?.done
    },
    async close() {
      stopSweeping()
      for (const { task } of delivering.values()) task?.cancel.abort()
      await Promise.allSettled([...delivering.values()].map(({ done }) => done))
    },
  }
}
