// A controller's author: client-go with its informers, elections and apply configurations, as client-go/ uses them.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildGo, useEngine } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'

const program = await buildGo({ folder: join(import.meta.dirname, 'client-go'), package: '.', name: 'client-go' })
const skipped = 'skipped' in program ? program.skipped : undefined
const path = 'path' in program ? program.path : ''
const run = promisify(execFile)
const names = skipped === undefined ? (await run(path, ['-list'])).stdout.trim().split('\n') : []

describe.skipIf(skipped !== undefined)(`client-go${skipped === undefined ? '' : ` (${skipped})`}`, () => {
  const engine = useEngine({ driver: 'simulated' })

  describe.each([
    ['lists, then watches', 'false'],
    ['begins with a watch', 'true'],
  ])('that %s', (_, watchList) => {
    const found = new Map<string, string>()
    beforeAll(async () => {
      const { adminKubeconfig } = engine().paths
      const args = ['-kubeconfig', adminKubeconfig, '-namespace', `client-go-${watchList}`, '-watch-list', watchList]
      const { stdout } = await run(path, args, { timeout: 200_000 })
      for (const line of stdout.trim().split('\n')) {
        const { check, error }: { check: string; error?: string } = JSON.parse(line)
        found.set(check, error ?? 'ok')
      }
    })

    it.each(names)('%s', (name) => {
      expect(found.get(name)).toBe('ok')
    })
  })

  it('is there', () => {
    expect(names.length).toBeGreaterThan(5)
  })
})

it.runIf(skipped !== undefined)('is skipped for a reason', ({ skip }) => skip(skipped))
