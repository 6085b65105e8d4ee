import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '@berth/kube'
import { uploadBounds } from './bounds.ts'
import { newUploadId, openSpool, type Spool } from './spool.ts'

let folder: string
let spool: Spool
let nowMs = Date.parse('2026-01-01T00:00:00Z')
const clock = { ...systemClock, now: () => new Date(nowMs) }
/** Of the machine that runs this, it changes all the time. */
const freeNow = 20 * 1024 ** 3

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-spool-'))
  spool = await openSpool(folder, clock, async () => freeNow)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const content = Buffer.alloc(300_000, 'a disk ')
async function begun(owner = 'local:ann', size = content.length): Promise<string> {
  const id = newUploadId()
  await spool.create({ id, owner, name: 'disk.qcow2', size })
  return id
}

describe('an upload', () => {
  it('goes on where it stopped, also after the server was started anew', async () => {
    const id = await begun()
    expect(await spool.append(id, 0, Readable.from([content.subarray(0, 1000), content.subarray(1000, 5000)]))).toBe(
      5000,
    )
    const later = await openSpool(folder, clock)
    expect(await later.received(id)).toBe(5000)
    await later.append(id, 5000, Readable.from([content.subarray(5000)]))
    expect(await later.checksum(later.get(id))).toBe(createHash('sha256').update(content).digest('hex'))
  })

  it('keeps what came before the line broke', async () => {
    const id = await begun()
    const broken = Readable.from(
      (async function* () {
        yield content.subarray(0, 2000)
        throw new Error('gone')
      })(),
    )
    await expect(spool.append(id, 0, broken)).rejects.toThrow('gone')
    expect(await spool.received(id)).toBe(2000)
  })

  it('has the same checksum whether it is counted on the way or afterwards', async () => {
    const id = await begun()
    await spool.append(id, 0, Readable.from([content]))
    const record = spool.get(id)
    expect([await spool.checksum(record), await spool.checksum(record)]).toEqual(
      Array.from({ length: 2 }, () => createHash('sha256').update(content).digest('hex')),
    )
  })

  it('is for nobody but who sends it', async () => {
    const id = await begun('local:ann')
    expect(() => spool.find('local:bob', id)).toThrow('there is no such upload')
    expect(spool.of('local:bob')).toEqual([])
    expect(spool.find('local:ann', id).name).toBe('disk.qcow2')
  })

  it('leaves nothing behind', async () => {
    const id = await begun()
    await spool.append(id, 0, Readable.from([content]))
    await spool.remove(id)
    expect(await readdir(folder)).toEqual([])
    await spool.remove(id)
  })

  it('is thrown away when nothing happens to it for long, but not while something is made of it', async () => {
    const [old, busy] = [await begun(), await begun()]
    for (const id of [old, busy]) await spool.append(id, 0, Readable.from([content]))
    nowMs += uploadBounds.keepMs + 1
    const young = await begun()
    await spool.removeExpired((id) => id === busy)
    expect(spool.of('local:ann').map(({ id }) => id)).toEqual([busy, young])
    expect(() => spool.get(old)).toThrow('thrown away')
  })
})

describe('an upload that nothing comes of', () => {
  /** Most of what one of them may hold. */
  const size = Math.floor((freeNow - uploadBounds.reserveBytes) * uploadBounds.personShare * 0.9)

  it('leaves room for other people, says how much is left, and does not hold it for long', async () => {
    const first = await begun('local:ann', size)
    await expect(begun('local:ann', size)).rejects.toMatchObject({ code: 'TooLarge' })
    await expect(begun('local:ann', Math.floor(size / 5))).rejects.toMatchObject({
      message: expect.stringContaining('than one person may have'),
      remedy: expect.stringMatching(/are left for you\. Finish or remove/),
    })
    await begun('local:bob', Math.floor(size / 5))
    nowMs += uploadBounds.holdMs + 1
    await begun('local:bob', Math.floor(size * 0.9))
    // It is still there, but its room is not.
    await expect(spool.append(first, 0, Readable.from([content]))).rejects.toThrow('there is no room')
    expect(await spool.received(first)).toBe(0)
  })

  it('is thrown away soon when it is empty, whatever is said of it', async () => {
    const [empty, sent] = [await begun(), await begun()]
    await spool.append(sent, 0, Readable.from([content.subarray(0, 1)]))
    nowMs += uploadBounds.keepEmptyMs + 1
    await spool.save(spool.get(empty))
    await spool.removeExpired(() => false)
    expect(spool.of('local:ann').map(({ id }) => id)).toEqual([sent])
  })
})

describe('what lies there half', () => {
  it('is removed at the start', async () => {
    await writeFile(join(folder, `${newUploadId()}.part`), 'bytes without a record')
    await writeFile(join(folder, `${newUploadId()}.json`), '{"owner":"x"}')
    await openSpool(folder, clock)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('bounds', () => {
  it('are of one file, of all of a person, and of the room there is', async () => {
    await expect(begun('local:ann', uploadBounds.fileBytes + 1)).rejects.toMatchObject({ code: 'TooLarge' })
    // Nobody who runs tests has four TiB to spare.
    await expect(begun('local:ann', uploadBounds.fileBytes / 2)).rejects.toThrow('there is no room')
    for (let count = 0; count < uploadBounds.perPerson; count += 1) await begun('local:ann', 1)
    await expect(begun('local:ann', 1)).rejects.toMatchObject({ code: 'TooManyRequests' })
    await begun('local:bob', 1)
  })
})
