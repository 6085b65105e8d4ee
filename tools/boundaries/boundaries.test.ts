import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBoundaries } from './check-boundaries.mjs'

describe('package boundaries', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'berth-boundaries-'))
    for (const name of ['base', 'meta', 'kube', 'imaging', 'cli', 'engine']) {
      write(
        `packages/${name}/package.json`,
        JSON.stringify({ name: `@berth/${name}`, type: 'module', exports: './src/index.ts' }),
      )
      write(`packages/${name}/src/index.ts`, 'export const here = 1\n')
      mkdirSync(join(root, 'node_modules/@berth'), { recursive: true })
      symlinkSync(join(root, 'packages', name), join(root, 'node_modules/@berth', name))
    }
  })

  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function write(file: string, content: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), content)
  }

  async function violations(): Promise<string[]> {
    return (await checkBoundaries(root)).violations
  }

  it('let a package import what its row lists', async () => {
    write('packages/meta/src/ok.ts', "import { here } from '@berth/base'\nexport const value = here\n")
    expect(await checkBoundaries(root)).toEqual({ files: 7, violations: [] })
  })

  it.each([
    ['a package that is not in the row', 'packages/base/src/bad.ts', "import '@berth/kube'", 'base-imports'],
    ['Node in a pure package', 'packages/meta/src/bad.ts', "import 'node:fs'", 'meta-is-pure'],
    ['a deep import', 'packages/kube/src/bad.ts', "import '../../meta/src/inner.ts'", 'no-deep-imports'],
    [
      'starting processes elsewhere',
      'packages/kube/src/bad.ts',
      "import 'node:child_process'",
      'processes-only-where-allowed',
    ],
    [
      'the engine at start-up of the command',
      'packages/cli/src/bad.ts',
      "import '@berth/engine'",
      'cli-imports-engine-lazily',
    ],
    [
      'what tests are made of in what ships',
      'packages/base/src/bad.ts',
      "import './fake.testkit.ts'",
      'no-tests-in-what-ships',
    ],
    ['a cycle', 'packages/base/src/bad.ts', "import './worse.ts'", 'no-cycles'],
  ])('forbid %s', async (_what, file, content, rule) => {
    write('packages/meta/src/inner.ts', 'export const inner = 1\n')
    write('packages/base/src/fake.testkit.ts', 'export {}\n')
    write('packages/base/src/worse.ts', file.endsWith('base/src/bad.ts') ? "import './bad.ts'\n" : 'export {}\n')
    write(file, `${content}\nexport const bad = 1\n`)
    expect((await violations()).join('\n')).toContain(rule)
  })

  it('allow processes where they belong, and the engine when it is asked for', async () => {
    write('packages/imaging/src/run.ts', "import 'node:child_process'\nexport const run = 1\n")
    write('packages/cli/src/lazy.ts', "export const load = () => import('@berth/engine')\n")
    expect(await violations()).toEqual([])
  })
})
