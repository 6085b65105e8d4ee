import { defineConfig } from 'vitest/config'

/** How long a condition is waited for. A busy machine makes tests slower, and none of them red. */
const expect = { poll: { timeout: 30_000 } }

/** Two projects: `unit` beside the sources, and `e2e` journeys that boot engines and guests and so get more time. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          environment: 'node',
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
          testTimeout: 300_000,
          hookTimeout: 600_000,
          expect,
        },
      },
    ],
  },
})
