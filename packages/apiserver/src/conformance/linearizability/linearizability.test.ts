import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connectTo, type Connection } from '../testing/connection.ts'
import { randomFrom } from '../testing/random.ts'
import {
  colours,
  currentRevision,
  readLog,
  RecordingClient,
  watchFrom,
  type Recorder,
} from '../testing/recording-client.ts'
import { freePort, spawnServer, type ServerChild } from '../testing/server-child.ts'
import type { Watched } from './history.ts'
import { checkLog } from './log.ts'
import { checkRegisters } from './registers.ts'

/** `BERTH_TEST_SECONDS=600` goes on for ten minutes; `BERTH_TEST_SEED` repeats what clients choose (not when they are served). */
const seconds = Number(process.env['BERTH_TEST_SECONDS'] ?? 8)
const seed = Number(process.env['BERTH_TEST_SEED'] ?? Date.now() % 1_000_000)
const clientCount = 6
const keys = ['a', 'b', 'c', 'd']

interface World {
  server: ServerChild
  directory: string
  port: number
}

async function withServer(body: (world: World, connection: Connection) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-linear-'))
  const port = await freePort()
  const world: World = { server: spawnServer(directory, port), directory, port }
  let connection: Connection | undefined
  try {
    await world.server.ready
    connection = connectTo(port, await readFile(join(directory, 'ca.crt'), 'utf8'))
    await body(world, connection)
  } finally {
    connection?.close()
    await world.server.kill()
    await rm(directory, { recursive: true, force: true })
  }
}

it(
  `many clients at once, and a server that is killed again and again: one order explains all (seed ${seed})`,
  { timeout: (seconds + 240) * 1000 },
  () =>
    withServer(async (world, connection) => {
      const random = randomFrom(seed)
      const recorder: Recorder = { operations: [], listings: [] }
      const first = await currentRevision(connection)
      const over = new AbortController()
      // Told at once, not at the end of the rounds; awaited below.
      const failures: unknown[] = []
      const underWay: Promise<void>[] = []
      const begin = (work: Promise<void>): void => {
        work.catch((error: unknown) => failures.push(error))
        underWay.push(work)
      }
      for (let index = 0; index < clientCount; index += 1)
        begin(new RecordingClient(index, keys, randomFrom(seed + 1 + index)).run(connection, recorder, over.signal))
      const watched: Watched[] = []
      const watch = (name: string, from: number, only: { colour?: string } = {}): void =>
        begin(watchFrom(connection, { name, from, ...only, signal: over.signal, all: watched }))
      watch('all', first)
      for (const colour of colours) watch(colour, first, { colour })

      const end = performance.now() + seconds * 1000
      let kills = 0
      const told = (): number => recorder.operations.filter(({ outcome }) => outcome.is !== 'unknown').length
      // A busy machine gets less done in that time.
      const isEnough = (): boolean => kills > 1 && told() > 100 && recorder.listings.length > 5
      while (failures.length === 0 && (performance.now() < end || !isEnough())) {
        await pause(200 + random.next() * 1500)
        await world.server.kill()
        let killed = performance.now()
        kills += 1
        world.server = spawnServer(world.directory, world.port)
        // Some die again while they start.
        if (random.next() < 0.2) {
          await pause(random.next() * 600)
          await world.server.kill()
          killed = performance.now()
          world.server = spawnServer(world.directory, world.port)
        }
        await world.server.ready
        // By now everybody has noticed.
        closeUnknown(recorder, killed)
        // Late starters join from the middle.
        const from = await currentRevision(connection)
        if (kills % 4 === 0) watch(`from ${from}`, from)
      }
      while (failures.length === 0 && watched.some(({ events }) => events.length === 0)) await pause(50)
      over.abort()
      await Promise.all(underWay)
      closeUnknown(recorder, performance.now())
      const log = await readLog(connection, first, await currentRevision(connection))

      expect(checkRegisters(recorder.operations)).toEqual([])
      expect(checkLog(log, { ...recorder, watched })).toEqual([])
    }),
)

/** What was not answered by a process that is gone has happened by its end, or never will. */
function closeUnknown({ operations }: Recorder, end: number): void {
  for (const operation of operations)
    if (operation.ended === Infinity) operation.ended = Math.max(operation.started, end)
}
