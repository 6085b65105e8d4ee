import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { cp, open, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Store } from '@berth/apiserver'
import { silentLogger } from '@berth/base'
import { expect, test } from 'vitest'
import { collection, inScratch } from './testing/scratch.ts'
import { openStore } from './open.ts'

/** Kills under load. */
const rounds = Number(process.env['BERTH_STORE_ROUNDS'] ?? 3)
const writerPath = fileURLToPath(new URL('./testing/crash-writer.ts', import.meta.url))

interface Victim {
  child: ChildProcess
  lines: AsyncIterator<string>
  exited: Promise<unknown>
}

function start(directory: string, mode = 'write'): Victim {
  const child = spawn(process.execPath, [writerPath, directory, mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, lines, exited: once(child, 'exit') }
}

async function nextLine({ lines }: Victim): Promise<string> {
  const { value, done } = await lines.next()
  return done === true ? '' : value
}

/** Every line up to the end of the output. */
async function rest(victim: Victim): Promise<string[]> {
  const lines: string[] = []
  for (let line = await nextLine(victim); line !== ''; line = await nextLine(victim)) lines.push(line)
  return lines
}

/** No revision is missing from the history, and each object equals its last event. */
function expectWhole(store: Store): Map<number, string> {
  const events = new Map<number, string>()
  const last = new Map<string, string>()
  store.watch(collection, { from: store.compactedRevision }, ({ type, key, revision, value }) => {
    events.set(revision, `${type} ${key} ${value.toString()}`)
    if (type === 'put') last.set(key, value.toString())
    else last.delete(key)
  })
  const { compactedRevision, revision } = store
  const expected = Array.from({ length: revision - compactedRevision }, (_, index) => compactedRevision + 1 + index)
  expect([...events.keys()]).toEqual(expected)
  const stored = store.list(collection).items.map((item) => [item.key, item.value.toString()] as const)
  expect(new Map(stored)).toEqual(last)
  return events
}

const openAll = (directory: string) => openStore({ directory, logger: silentLogger, historyLimit: 1_000_000 })

test(`kill -9 under load, ${rounds} times: nothing acknowledged is lost, the log has no holes`, () =>
  inScratch(async (directory) => {
    const acknowledged: string[] = []
    for (let round = 0; round < rounds; round += 1) {
      const victim = start(directory)
      expect(await nextLine(victim)).toBe('open')
      const wanted = 20 + Math.floor(Math.random() * 400)
      for (let count = 0; count < wanted; count += 1) acknowledged.push(await nextLine(victim))
      victim.child.kill('SIGKILL')
      acknowledged.push(...(await rest(victim)))
      await victim.exited
      const store = await openAll(directory)
      const events = expectWhole(store)
      const lost = acknowledged.filter((line) => {
        const [revision = '', ...event] = line.split(' ')
        return events.get(Number(revision)) !== event.join(' ')
      })
      expect(lost).toEqual([])
      await store.close()
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(rounds * 20)
  }))

test('a torn write-ahead log opens as it was at some earlier moment, without holes', () =>
  inScratch(async (parent) => {
    const original = join(parent, 'original')
    const victim = start(original)
    for (let count = 0; count < 500; count += 1) await nextLine(victim)
    victim.child.kill('SIGKILL')
    await rest(victim)
    await victim.exited
    const { size } = await stat(join(original, 'store.db-wal'))
    expect(size).toBeGreaterThan(0)
    for (let round = 0; round < 12; round += 1) {
      const torn = join(parent, `torn-${round}`)
      await cp(original, torn, { recursive: true })
      await truncate(join(torn, 'store.db-wal'), Math.floor(Math.random() * size))
      const store = await openAll(torn)
      expectWhole(store)
      await store.write([{ op: 'put', collection, key: 'after', encode: (revision) => Buffer.from(`${revision}`) }])
      expectWhole(store)
      await store.close()
    }
  }))

test('a write-ahead log whose end is garbage opens as it was at some earlier moment, without holes', () =>
  inScratch(async (parent) => {
    const original = join(parent, 'original')
    const victim = start(original)
    for (let count = 0; count < 500; count += 1) await nextLine(victim)
    victim.child.kill('SIGKILL')
    await rest(victim)
    await victim.exited
    const { size } = await stat(join(original, 'store.db-wal'))
    for (let round = 0; round < 12; round += 1) {
      const spoilt = join(parent, `spoilt-${round}`)
      await cp(original, spoilt, { recursive: true })
      const from = Math.floor(Math.random() * size)
      const file = await open(join(spoilt, 'store.db-wal'), 'r+')
      // A sector that never made it, then whatever lay on the disk before.
      await file.write(randomBytes(Math.min(size - from, 512 * (1 + (round % 8)))), 0, undefined, from)
      await file.close()
      const store = await openAll(spoilt)
      expectWhole(store)
      await store.write([{ op: 'put', collection, key: 'after', encode: (revision) => Buffer.from(`${revision}`) }])
      expectWhole(store)
      await store.close()
    }
  }))

test('one process at a time, also when several start at the same instant; a killed one leaves no lock', () =>
  inScratch(async (directory) => {
    for (let round = 0; round < 3; round += 1) {
      const victims = [1, 2, 3].map(() => start(directory, 'hold'))
      const answers = await Promise.all(victims.map(nextLine))
      const winner = victims[answers.indexOf('open')]
      expect(answers.filter((answer) => answer === 'open')).toHaveLength(1)
      const refusals = answers.filter((answer) => answer !== 'open')
      expect(refusals).toEqual(refusals.map(() => `refused ${directory} is in use by process ${winner?.child.pid}`))
      await expect(openAll(directory)).rejects.toMatchObject({ code: 'Locked' })
      winner?.child.kill('SIGKILL')
      await Promise.all(victims.map((victim) => victim.exited))
      await (await openAll(directory)).close()
    }
  }))

test('the same process gets it only once', () =>
  inScratch(async (directory) => {
    const store = await openAll(directory)
    await expect(openAll(directory)).rejects.toMatchObject({ code: 'Locked' })
    await store.close()
    await (await openAll(directory)).close()
  }))
