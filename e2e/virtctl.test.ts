// The real virtctl, every command of it. docs/virtctl.md is the table of what came out.
import { join } from 'node:path'
import { buildGo, machineVerbs, useEngine, virtctlWith, type TestEngine, type Virtctl } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { lifecycle } from './virtctl/lifecycle.ts'
import { objects } from './virtctl/objects.ts'
import { refused } from './virtctl/refused.ts'
import { streams } from './virtctl/streams.ts'
import { readTable } from './virtctl/table.ts'

const program = await buildGo({
  folder: join(import.meta.dirname, 'virtctl'),
  package: 'kubevirt.io/kubevirt/cmd/virtctl',
  name: 'virtctl',
  ldflags: '-X kubevirt.io/client-go/version.gitVersion=v1.8.0',
})
const skipped = 'skipped' in program ? program.skipped : undefined
const path = 'path' in program ? program.path : ''

function virtctlOf({ paths, scratch }: TestEngine): Virtctl {
  return virtctlWith({ program: path, kubeconfig: paths.adminKubeconfig, home: scratch })
}

describe.skipIf(skipped !== undefined)(`virtctl${skipped === undefined ? '' : ` (${skipped})`}`, () => {
  describe('with real guests', () => {
    const engine = useEngine({ driver: 'qemu' })
    const verbs = machineVerbs(engine)
    let guest = ''
    beforeAll(async () => {
      guest = await verbs.create('guest')
      await verbs.greeted(guest)
    })
    const world = { engine, verbs, virtctl: () => virtctlOf(engine()), guest: () => guest }
    streams(world)
    lifecycle(world)
  })

  describe('with simulated machines', () => {
    const engine = useEngine({ driver: 'simulated' })
    const world = { engine, verbs: machineVerbs(engine), virtctl: () => virtctlOf(engine()) }

    it('has no command that is not in the table', async () => {
      const help = await world.virtctl()('--help')
      const [, list = ''] = /Available Commands:\n([^]+?)\n\n/.exec(help) ?? []
      const offered = list.split('\n').map((line) => line.trim().split(' ')[0] ?? '')
      const known = new Set((await readTable()).map(({ command }) => command.split(' ')[0]))
      // What every program of its kind has.
      expect(offered.filter((name) => !known.has(name))).toEqual(['completion', 'help'])
    })

    objects(world)
    refused(world)
  })
})
