import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SerialLog } from './serial-log.ts'

describe('SerialLog', () => {
  let folder: string
  let path: string
  const { signal } = new AbortController()

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-log-'))
    path = join(folder, 'serial.log')
    await writeFile(path, '')
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function all(log: SerialLog, tailBytes?: number): Promise<string> {
    const pieces: Uint8Array[] = []
    const options = { follow: false, signal, ...(tailBytes === undefined ? {} : { tailBytes }) }
    for await (const piece of log.read(options)) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  }

  it('keeps two generations of its bound, the newest bytes of each', async () => {
    const log = new SerialLog(path, 10)
    await appendFile(path, 'aaaaabbbbbccccc')
    await log.rotate()
    expect(await readFile(`${path}.1`, 'utf8')).toBe('bbbbbccccc')
    expect((await stat(path)).size).toBe(0)
    await appendFile(path, 'dddd')
    await log.rotate()
    expect(await all(log)).toBe('bbbbbcccccdddd')
    expect(await all(log, 6)).toBe('ccdddd')
    expect(await all(log, 0)).toBe('')
  })

  it('is read whole by a second object over the same files', async () => {
    await writeFile(`${path}.1`, 'old ')
    await writeFile(path, 'new')
    expect(await all(new SerialLog(path, 10))).toBe('old new')
  })

  it('is followed by a reader who comes before it is there', async () => {
    await rm(path)
    const log = new SerialLog(path, 50)
    const reader = log.read({ follow: true, signal })
    const first = reader.next()
    await appendFile(path, 'hello')
    log.end()
    let seen = Buffer.from((await first).value ?? '').toString()
    for await (const piece of reader) seen += Buffer.from(piece).toString()
    expect(seen).toBe('hello')
  })

  it('is followed across rotations without loss or repetition', async () => {
    const log = new SerialLog(path, 50)
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}\n`)
    const reader = log.read({ follow: true, signal })
    let seen = ''
    for (const line of lines) {
      await appendFile(path, line)
      const { value } = await reader.next()
      seen += Buffer.from(value ?? '').toString()
      await log.rotate()
    }
    log.end()
    for await (const piece of reader) seen += Buffer.from(piece).toString()
    expect(seen).toBe(lines.join(''))
  })

  it('gives a reader that fell behind what is left', async () => {
    const log = new SerialLog(path, 10)
    const reader = log.read({ follow: true, signal })
    await appendFile(path, 'a')
    await reader.next()
    for (const letter of ['b', 'c', 'd']) {
      await appendFile(path, letter.repeat(20))
      await log.rotate()
    }
    await appendFile(path, 'e')
    log.end()
    let seen = ''
    for await (const piece of reader) seen += Buffer.from(piece).toString()
    expect(seen).toBe('dddddddddde')
  })

  it('ends followers when the machine is over, after its last words', async () => {
    const log = new SerialLog(path, 100)
    const reader = log.read({ follow: true, signal })
    const first = reader.next()
    await appendFile(path, 'last words')
    log.end()
    expect(Buffer.from((await first).value ?? '').toString()).toBe('last words')
    expect((await reader.next()).done).toBe(true)
  })
})
