/** One engine for all tests of a file. */

import { afterAll, afterEach, beforeAll } from 'vitest'
import { startTestEngine, type TestEngine, type TestEngineOptions } from './test-engine.ts'

const linesShown = 60

/**
 * Starts an engine before the tests of a file and stops it after them. When a test fails, the end of the engine's log is
 * printed. Call the result inside tests only.
 */
export function useEngine(options: TestEngineOptions): () => TestEngine {
  let engine: TestEngine | undefined
  beforeAll(async () => {
    engine = await startTestEngine(options)
  })
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail' || engine === undefined) return
    const shown = engine.log().split('\n').slice(-linesShown).join('\n')
    process.stderr.write(`--- log of the engine (test "${task.name}" failed)\n${shown}\n---\n`)
  })
  afterAll(() => engine?.stop())
  return () => {
    if (engine === undefined) throw new Error('the engine starts before the first test; use it inside tests only')
    return engine
  }
}
