/** What a run lends its lines: scratch folders, expensive fixtures shared between lines, and the end of it all. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Fixture<T> {
  value: T
  dispose(): Promise<void>
}

export interface BenchContext {
  /** Fewer repetitions and smaller populations: to try the bench out, not to judge by. */
  readonly quick: boolean
  /** Folder for CPU profiles of the engines, when asked for. */
  readonly profileDirectory: string | undefined
  /** A new empty folder, removed at the end of the run. */
  folder(name: string): Promise<string>
  /** Made on first use, kept for later lines, disposed of at the end of the run. */
  shared<T>(key: string, make: () => Promise<Fixture<T>>): Promise<T>
  /** Something to undo at the end of the run; last one first. */
  atEnd(undo: () => Promise<void> | void): void
  log(text: string): void
}

export function createContext(options: {
  quick: boolean
  profileDirectory: string | undefined
  log: (text: string) => void
}): { context: BenchContext; close: () => Promise<void> } {
  const fixtures = new Map<string, Promise<Fixture<unknown>>>()
  const undo: (() => Promise<void> | void)[] = []
  const context: BenchContext = {
    ...options,
    async folder(name) {
      const path = await mkdtemp(join(tmpdir(), `berth-bench-${name}-`))
      undo.push(() => rm(path, { recursive: true, force: true }))
      return path
    },
    async shared<T>(key: string, make: () => Promise<Fixture<T>>): Promise<T> {
      let fixture = fixtures.get(key)
      if (fixture === undefined) {
        fixture = make()
        fixtures.set(key, fixture)
        undo.push(async () => {
          // A fixture that could not be made has told so already, and has nothing to dispose of.
          const made = await fixtures.get(key)?.catch(() => undefined)
          await made?.dispose()
        })
      }
      // One key is only ever made with one type.
      return (await fixture).value as T
    },
    atEnd: (step) => void undo.push(step),
  }
  return {
    context,
    async close() {
      for (const step of undo.splice(0).reverse()) await step()
    },
  }
}
