/** `berth template` against the engine with simulated machines. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import type { Engine } from '@berth/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { berth, type TestWorld } from '../testing/test-context.ts'

let folder: string
let engine: Engine
let world: TestWorld
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-templates-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({ dataDir: dataDirectory, port: 0, driver: 'simulated', logger: silentLogger })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

describe('berth template', () => {
  it('lists the catalogue, the tiny guest first', async () => {
    const { stdout } = await berth(world, 'template', 'list')
    expect(stdout.split('\n')[1]).toMatch(/^tiny-guest +berth-templates +Tiny guest +yes$/)
    expect(stdout).toMatch(/^debian-12-local .* no$/m)
  })

  it('shows parameters, and that a password is made', async () => {
    const { stdout } = await berth(world, 'template', 'deploy', 'debian-13', '--params')
    expect(stdout).toMatch(/^PASSWORD +made for each VM /m)
    expect(stdout).toMatch(/^MEMORY +2Gi /m)
  })

  it('makes a VM in the namespace of the person, and waits for it', async () => {
    const { exitCode, stdout, stderr } = await berth(world, 'template', 'deploy', 'tiny-guest', '--name', 'quick')
    expect([exitCode, stdout]).toEqual([0, 'VM "quick" created in namespace "default"\n'])
    expect(stderr).toContain('VM "quick" is running')
    expect(stderr).toContain('next: berth vm console quick')
  })

  it('shows a password that was made once, and gives it to the guest', async () => {
    const { stderr } = await berth(world, 'template', 'deploy', 'debian-13', '--name', 'secret', '--no-wait')
    const password = /^PASSWORD made for it: (\w{14})$/m.exec(stderr)?.[1] ?? ''
    expect(password).not.toBe('')
    const { stdout } = await berth(world, 'vm', 'describe', 'secret', '-o', 'yaml')
    expect(stdout).toContain(password)
  })

  it.each([
    [['deploy', 'nothing'], 3, 'there is no template "nothing" in default or berth-templates'],
    [['deploy', 'a/b/c'], 2, 'is neither NAME nor NAMESPACE/NAME'],
    [['deploy', 'tiny-guest', '-p', 'MEMORY'], 2, '--param: "MEMORY" is not KEY=VALUE'],
    [['deploy', 'tiny-guest', '-p', 'COLOUR=red'], 4, 'parameter COLOUR not found in template'],
    [['deploy', 'tiny-guest', '-p', 'CPUS=many'], 4, 'domain.cpu.cores'],
  ])('%j fails with %i', async (words, code, text) => {
    const { exitCode, stderr } = await berth(world, 'template', ...words)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(text)])
  })
})
