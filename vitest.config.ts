import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** How long a condition is waited for. A busy machine makes tests slower, and none of them red. */
const expect = { poll: { timeout: 30_000 } }

/** Engines that tests start as processes of their own run from source: what Node.js made of it the last time halves their start. */
const env = { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/compiled') }

/** What takes minutes by itself, the longest first: everything else runs meanwhile, and nothing waits for them at the end. */
const longest = ['/e2e/debian.test.ts', '/e2e/console/journeys.test.ts']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const first = longest.flatMap((end) => sorted.filter(({ moduleId }) => moduleId.endsWith(end)))
    return [...first, ...sorted.filter((file) => !first.includes(file))]
  }
}

/** Two projects: `unit` beside the sources, and `e2e` journeys that boot engines and guests and so get more time. */
export default defineConfig({
  test: {
    // Two cores are kept busy by four: guests, browsers and engines that were killed are waited for much of the time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          environment: 'node',
          env,
          // One process for many files: loading the same modules for each takes as long as running the tests. So a test leaves nothing
          // behind in its process, be it a variable of the environment, a listener or a faked clock.
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          expect,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          environment: 'node',
          env,
          // As above: an engine in a process that has run others is fast from its first request.
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          expect,
        },
      },
    ],
  },
})
