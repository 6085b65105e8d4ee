/** Builds a program of other people's Go code from a module of the repository, once per state of its sources. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface GoModule {
  /** Folder with go.mod and go.sum. */
  folder: string
  /** What to build: `.` or the path of a package of a dependency. */
  package: string
  name: string
  /** Linker flags, such as a version to report. */
  ldflags?: string
}

/** A machine without Go, without a way to the modules or without the time is no reason for a test to fail. */
export type GoProgram = { path: string } | { skipped: string }

const run = promisify(execFile)
const cache = join(tmpdir(), `berth-test-go-${userInfo().uid}`)

/** Seconds to get the modules, and to build: a cold build of a big client takes minutes. `BERTH_TEST_GO_SECONDS` allows more. */
const allowedSeconds = Number(process.env['BERTH_TEST_GO_SECONDS'] ?? 90)

/** @throws when the code does not compile: that is a mistake in it, not in the machine */
export async function buildGo(module: GoModule): Promise<GoProgram> {
  const version = await run('go', ['version']).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
  if (version === undefined) return { skipped: 'Go is not on this machine' }
  const path = join(cache, `${module.name}-${await fingerprint(module, version)}`)
  if (existsSync(path)) return { path }
  await mkdir(cache, { recursive: true })
  const options = { cwd: module.folder, timeout: allowedSeconds * 1000, maxBuffer: 16 * 1024 * 1024 }
  try {
    await run('go', ['mod', 'download'], options)
  } catch (error) {
    return { skipped: `its modules are not to be had here: ${lastLine(error)}` }
  }
  const partial = `${path}.${process.pid}`
  const flags = module.ldflags === undefined ? [] : ['-ldflags', module.ldflags]
  try {
    await run('go', ['build', '-mod=readonly', ...flags, '-o', partial, module.package], {
      ...options,
      // What the download did not bring is not looked for.
      env: { ...process.env, GOPROXY: 'off' },
    })
  } catch (error) {
    // What was compiled so far is kept by Go, so that the next run gets further.
    if (wasKilled(error)) return { skipped: `it was not built within ${allowedSeconds} s (BERTH_TEST_GO_SECONDS)` }
    throw error
  }
  await rename(partial, path)
  return { path }
}

async function fingerprint(module: GoModule, version: string): Promise<string> {
  const hash = createHash('sha256').update(`${version}\n${module.package}\n${module.ldflags ?? ''}\n`)
  const names = (await readdir(module.folder)).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
  for (const name of names.sort()) hash.update(name).update(await readFile(join(module.folder, name)))
  return hash.digest('hex').slice(0, 16)
}

function wasKilled(error: unknown): boolean {
  return error instanceof Error && 'killed' in error && error.killed === true
}

function lastLine(error: unknown): string {
  const words = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return words.trim().split('\n').at(-1) ?? ''
}
