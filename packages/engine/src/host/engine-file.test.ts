import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/test-engine.ts'
import { readEngineFile, removeEngineFile, writeEngineFile } from './engine-file.ts'

let folder = ''
let file = ''
const record = { pid: process.pid, server: 'https://127.0.0.1:7443', version: '1', startedAt: '2026-01-01T00:00:00Z' }

beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder, 'engine.json')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('names the engine that runs', async () => {
  await writeEngineFile(file, record)
  expect(await readEngineFile(file)).toMatchObject(record)
  await removeEngineFile(file)
  expect(await readEngineFile(file)).toBeUndefined()
})

it.each<[string, string]>([
  ['of a process that ended', JSON.stringify({ ...record, pid: 2 ** 22 + 1, processStart: '1' })],
  ['of a process whose id somebody else has now', JSON.stringify({ ...record, processStart: '1' })],
  ['that was cut off', '{"pid": 12'],
  ['that is empty', ''],
  ['of another shape', '[]'],
  ['with a text for an id', JSON.stringify({ ...record, pid: '1', processStart: '1' })],
])('is not fooled by a file %s', async (_what, text) => {
  await writeFile(file, text)
  expect(await readEngineFile(file)).toBeUndefined()
})
