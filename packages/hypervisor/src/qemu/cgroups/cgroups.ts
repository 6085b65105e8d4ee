/**
 * Control groups of the machines of one state directory: `berth-<directory>/<machine>` in every tree that this process may change.
 * All of it is a precaution: what a host does not have is told once (`ability`) and left out.
 */

import { createHash } from 'node:crypto'
import { access, constants, mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf, type Logger } from '@berth/base'
import type { CgroupAbility, CgroupController } from '../../spec/capabilities.ts'
import { settingsOf, type GroupLimits } from './limits.ts'
import { controllers, findPlaces } from './places.ts'

/** A group's folder is free a moment after its last process is gone. */
const releaseMs = 500

interface Tree {
  version: 1 | 2
  controllers: readonly CgroupController[]
  /** Folder of all machines of this directory. */
  folder: string
  /** Makes the folder, also again: another driver of the directory may have removed it when it was empty. */
  prepare(): Promise<void>
}

export class Cgroups {
  readonly ability: CgroupAbility
  readonly #trees: readonly Tree[]
  readonly #logger: Logger

  private constructor(trees: readonly Tree[], ability: CgroupAbility, logger: Logger) {
    this.#trees = trees
    this.ability = ability
    this.#logger = logger
  }

  /** Finds out what can be limited here, by making the groups. Never rejects. @param directory the state directory */
  static async open(directory: string, logger: Logger): Promise<Cgroups> {
    const name = `berth-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`
    try {
      const [mounts, membership] = await Promise.all([
        readFile('/proc/self/mountinfo', 'utf8'),
        readFile('/proc/self/cgroup', 'utf8'),
      ])
      const { v1, v2 } = findPlaces(mounts, membership)
      const unified = await openUnified(v2, name)
      if (unified.controllers.length > 0) {
        const { controllers: has, missing } = unified
        return new Cgroups([{ version: 2, ...unified }], abilityOf(2, has, missing), logger)
      }
      const { trees, missing } = await openSeparate(v1, name)
      const has = trees.flatMap((tree) => tree.controllers)
      const why = v1.size === 0 ? unified.missing : missing
      return new Cgroups(trees, abilityOf(trees.length === 0 ? undefined : 1, has, why), logger)
    } catch (error) {
      return new Cgroups([], abilityOf(undefined, [], messageOf(error)), logger)
    }
  }

  /** Makes a machine's group with its limits. Never rejects: what cannot be set is logged. */
  async make(id: string, limits: GroupLimits): Promise<void> {
    await Promise.all(
      this.#trees.map(async (tree) => {
        const folder = join(tree.folder, id)
        await this.#try(id, async () => {
          await tree.prepare()
          await makeFolder(folder)
          for (const { controller, file, value } of settingsOf(tree.version, limits)) {
            if (tree.controllers.includes(controller)) await write(folder, file, value)
          }
        })
      }),
    )
  }

  /** Puts a process, with all its threads, into a machine's group. */
  async add(id: string, pid: number): Promise<void> {
    await Promise.all(
      this.#trees.map(({ folder }) => this.#try(id, () => write(join(folder, id), 'cgroup.procs', String(pid)))),
    )
  }

  /** Idempotent. Its processes are gone. */
  async remove(id: string): Promise<void> {
    await Promise.all(this.#trees.map(({ folder }) => this.#try(id, () => removeFolder(join(folder, id)))))
  }

  /** Removes the groups of machines that are not there any more. */
  async removeAllBut(known: ReadonlySet<string>): Promise<void> {
    for (const id of await this.list()) if (!known.has(id)) await this.remove(id)
  }

  async list(): Promise<string[]> {
    const found = await Promise.all(
      this.#trees.map(async ({ folder }) =>
        (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory()),
      ),
    )
    return [...new Set(found.flat().map(({ name }) => name))]
  }

  /** Lets go: the common folder goes where no machine is in it. The kernel keeps one that has machines, or other drivers', in it. */
  async close(): Promise<void> {
    for (const { folder } of this.#trees) {
      await rmdir(folder).catch((error: unknown) => this.#logger.debug({ folder, error }, 'control groups are kept'))
    }
  }

  async #try(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#logger.warn({ machine: id, error }, 'a limit of a machine could not be set')
    }
  }
}

function abilityOf(version: 1 | 2 | undefined, has: CgroupController[], missing: string | undefined): CgroupAbility {
  if (has.length === controllers.length) return { version, controllers: has }
  return { version, controllers: has, missing: missing ?? 'the kernel has no control groups mounted' }
}

/** The highest group that is ours to divide, so that machines stay when a service manager ends the engine's own group. */
async function openUnified(
  chain: readonly string[],
  name: string,
): Promise<Omit<Tree, 'version' | 'controllers'> & { controllers: CgroupController[]; missing: string }> {
  let missing = 'no group of version 2 is ours to divide'
  for (const parent of chain) {
    const folder = join(parent, name)
    try {
      const offered = await wordsOf(join(parent, 'cgroup.controllers'))
      const wanted = controllers.filter((each) => offered.includes(each))
      if (wanted.length === 0) continue
      await access(join(parent, 'cgroup.procs'), constants.W_OK)
      const enable = wanted.map((each) => `+${each}`).join(' ')
      await write(parent, 'cgroup.subtree_control', enable)
      const prepare = async (): Promise<void> => {
        await makeFolder(folder)
        await write(folder, 'cgroup.subtree_control', enable)
      }
      await prepare()
      const absent = controllers.filter((each) => !wanted.includes(each))
      return { controllers: wanted, folder, prepare, missing: `${parent} has no controller ${absent.join(', ')}` }
    } catch (error) {
      missing = `${parent}: ${messageOf(error)}`
    }
  }
  return { controllers: [], folder: '', prepare: () => Promise.resolve(), missing }
}

/** Below this process's own groups: whoever limits it, limits its machines too. */
async function openSeparate(
  places: ReadonlyMap<CgroupController, string>,
  name: string,
): Promise<{ trees: Tree[]; missing: string | undefined }> {
  const trees = new Map<string, Tree>()
  const problems: string[] = []
  for (const controller of controllers) {
    const parent = places.get(controller)
    if (parent === undefined) {
      problems.push(`the controller ${controller} is not mounted`)
      continue
    }
    const folder = join(parent, name)
    try {
      const before = trees.get(folder)
      const prepare = async (): Promise<void> => {
        await before?.prepare()
        await makeFolder(folder)
        // All machines together weigh as much as the host has processors, as Kubernetes' pods do.
        if (controller === 'cpu') await write(folder, 'cpu.shares', String(cpus().length * 1024))
      }
      await prepare()
      trees.set(folder, { version: 1, controllers: [...(before?.controllers ?? []), controller], folder, prepare })
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  return { trees: [...trees.values()], missing: problems.length === 0 ? undefined : problems.join('; ') }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

async function removeFolder(folder: string): Promise<void> {
  const start = performance.now()
  for (;;) {
    try {
      await rmdir(folder)
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || performance.now() - start > releaseMs) throw error
      await delay(10)
    }
  }
}

/** Without creating: a file that a kernel does not have must not be looked for as one of ours. */
function write(folder: string, file: string, value: string): Promise<void> {
  return writeFile(join(folder, file), value, { flag: 'r+' })
}

async function wordsOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).trim().split(/\s+/)
}
