/**
 * A data directory as an engine leaves it that ran once. Keys, certificates and the objects that every cluster has take longer to make than
 * all else of a start, so those of one engine are for all engines of this process.
 */

import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Entry {
  /** Relative to the data directory. */
  path: string
  mode: number
  /** Not there: a folder. */
  content?: Buffer
}

export class StartedOnce {
  #left: Promise<readonly Entry[]> | undefined
  readonly #makeOne: () => Promise<string>

  /** @param makeOne starts an engine in a folder of its own, ends it, and says where that was */
  constructor(makeOne: () => Promise<string>) {
    this.#makeOne = makeOne
  }

  /** Puts all of it into an empty folder. */
  async putInto(folder: string): Promise<void> {
    this.#left ??= this.#take()
    for (const { path, mode, content } of await this.#left) {
      if (content === undefined) await mkdir(join(folder, path), { mode })
      else await writeFile(join(folder, path), content, { mode })
    }
  }

  async #take(): Promise<readonly Entry[]> {
    const folder = await this.#makeOne()
    const entries: Entry[] = []
    // A folder comes before what lies in it.
    for (const path of (await readdir(folder, { recursive: true })).sort()) {
      const file = join(folder, path)
      const found = await stat(file)
      const entry = { path, mode: found.mode & 0o777 }
      entries.push(found.isDirectory() ? entry : { ...entry, content: await readFile(file) })
    }
    await rm(folder, { recursive: true })
    return entries
  }
}
