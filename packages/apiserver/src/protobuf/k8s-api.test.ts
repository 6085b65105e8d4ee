/** Against random objects of k8s.io/api itself, on machines that have Go and these modules; nothing is downloaded for it. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { decodeProtobuf } from './decode-object.ts'
import { differences } from './testing/same-json.ts'

const run = promisify(execFile)
const source = fileURLToPath(new URL('testing/k8s-api', import.meta.url))

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-k8s-api-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Undefined when it was built, otherwise why it was not. */
async function build(program: string): Promise<string | undefined> {
  const env = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' }
  try {
    await run('go', ['build', '-o', program, '.'], { cwd: source, env })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 400) : 'unknown'
  }
}

it('reads random objects of every kind as Go writes them in JSON', { timeout: 600_000 }, async ({ skip }) => {
  const program = join(folder, 'k8s-api')
  const missing = await build(program)
  if (missing !== undefined) skip(`no Go with k8s.io/api (\`go mod download\` in ${source} gets it): ${missing}`)
  const { stdout } = await run(program, ['fuzz', '40'], { maxBuffer: 256 * 1024 * 1024 })
  const lines = stdout.trim().split('\n')
  expect(lines.length).toBeGreaterThan(1000)
  for (const line of lines) {
    const { proto, json } = JSON.parse(line) as { proto: string; json: JsonObject }
    expect(differences(json, decodeProtobuf(Buffer.from(proto, 'base64'), 50)), line.slice(0, 2000)).toEqual([])
  }
})
