// The real virtctl, every command of it. docs/virtctl.md is the table of what came out.
import { machineVerbs, useEngine } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { disks } from './virtctl/disks.ts'
import { lifecycle } from './virtctl/lifecycle.ts'
import { objects } from './virtctl/objects.ts'
import { buildVirtctl, virtctlOf } from './virtctl/program.ts'
import { refused } from './virtctl/refused.ts'
import { streams } from './virtctl/streams.ts'
import { readTable } from './virtctl/table.ts'
import { volumes } from './virtctl/volumes.ts'

const program = await buildVirtctl()
const skipped = 'skipped' in program ? program.skipped : undefined
const path = 'path' in program ? program.path : ''

describe.skipIf(skipped !== undefined)(`virtctl${skipped === undefined ? '' : ` (${skipped})`}`, () => {
  describe('with real guests', () => {
    const engine = useEngine({ driver: 'qemu' })
    const verbs = machineVerbs(engine)
    let guest = ''
    beforeAll(async () => {
      guest = await verbs.create('guest')
      await verbs.greeted(guest)
    })
    const world = { engine, verbs, virtctl: () => virtctlOf(path, engine()), guest: () => guest }
    streams(world)
    volumes(world)
    // At its end the shared guest is started over, and nobody waits for it.
    lifecycle(world)
  })

  describe('with simulated machines', () => {
    const engine = useEngine({ driver: 'simulated' })
    const world = { engine, verbs: machineVerbs(engine), virtctl: () => virtctlOf(path, engine()) }

    it('has no command that is not in the table', async () => {
      const help = await world.virtctl()('--help')
      const [, list = ''] = /Available Commands:\n([^]+?)\n\n/.exec(help) ?? []
      const offered = list.split('\n').map((line) => line.trim().split(' ')[0] ?? '')
      const known = new Set((await readTable()).map(({ command }) => command.split(' ')[0]))
      // What every program of its kind has.
      expect(offered.filter((name) => !known.has(name))).toEqual(['completion', 'help'])
    })

    objects(world)
    disks(world)
    refused(world)
  })
})
