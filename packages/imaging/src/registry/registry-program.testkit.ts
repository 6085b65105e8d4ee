/**
 * For tests: the program of Debian's package docker-registry, taken out of the package. Installed, the package would start its service on
 * the machine of whoever runs the tests.
 */

import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { downloadPackages, updateLists } from '../apt.ts'
import { readDeb } from '../deb.ts'
import { ImagingError } from '../errors.ts'
import { withLock } from '../lock.ts'

const name = 'docker-registry'
const installed = `/usr/bin/${name}`
const kept = join(tmpdir(), `berth-test-programs-${userInfo().uid}`, name)

export async function findRegistryProgram(): Promise<{ program: string } | { missing: string }> {
  for (const program of [installed, kept]) if (await exists(program)) return { program }
  try {
    await mkdir(dirname(kept), { recursive: true })
    await withLock({ path: `${kept}.lock`, what: kept }, async () => {
      if (!(await exists(kept))) await unpack()
    })
    return { program: kept }
  } catch (error) {
    if (!(error instanceof ImagingError)) throw error
    return { missing: `${name} cannot be had: ${error.message}` }
  }
}

async function unpack(): Promise<void> {
  const directory = await mkdtemp(join(dirname(kept), `${name}-`))
  try {
    const work = join(directory, name)
    for (const deb of await download(directory)) {
      const onFile = (_: string, content: Buffer): Promise<void> => writeFile(work, content)
      await readDeb({ deb, wanted: (path) => installed.endsWith(`/${path}`), onFile })
    }
    if (!(await exists(work))) throw new ImagingError('CorruptData', `the package ${name} has no ${installed}`)
    await chmod(work, 0o755)
    await rename(work, kept)
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function download(directory: string): Promise<string[]> {
  try {
    return await downloadPackages({ names: [name], directory })
  } catch (error) {
    if (!(error instanceof ImagingError) || error.code !== 'PackagesUnavailable') throw error
    await updateLists(error.message)
    return downloadPackages({ names: [name], directory })
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
