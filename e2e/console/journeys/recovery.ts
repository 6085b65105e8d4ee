// What becomes of an open page when the programs behind it die and come back; and one page over two clusters, one of which goes away.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { startEngine, type Engine } from '@berth/engine'
import { eventually, guestMachine, type BerthSession, type Kubectl } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { visit } from '../browser.ts'
import type { Stage } from './stage.ts'
import {
  administrator,
  heading,
  listed,
  lists,
  machineIs,
  openList,
  openMachine,
  row,
  serialConsole,
  type Person,
} from '../verbs.ts'

export function describeRecovery({ browser, host }: Stage): void {
  let ann: Person

  beforeAll(async () => {
    await host().kubectl.with(guestMachine('box'), 'create', '-f', '-')
    ann = await administrator(browser(), host())
  })
  afterEach(() => expect(ann.problems.splice(0)).toEqual([]))

  const lost = (person: Person) => person.page.getByText('The connection is lost. What you see is from before.')

  describe('an engine that is killed and comes back', () => {
    it('is seen by a list and a console that were open all the time', async () => {
      await openMachine(ann, 'box', 'console', '?kind=serial')
      const serial = serialConsole(ann, 'box')
      await serial.shows('Hello from box')
      await serial.type('marker=kept; echo "boot: $(cut -d. -f1 /proc/uptime)"\n')
      await serial.shows(/boot: \d/)
      const list = { ...(await visit(browser(), { storageState: await ann.context.storageState() })), url: ann.url }
      await openList(list)
      await row(list.page, 'box').getByText('Running').waitFor()

      const { pid } = JSON.parse(await readFile(join(host().dataDir, 'engine.json'), 'utf8')) as { pid: number }
      process.kill(pid, 'SIGKILL')
      await host().session().ended
      await list.page
        .getByText(/can't be reached|The connection is lost/)
        .first()
        .waitFor()
      // What was seen stays.
      expect(await listed(list.page)).toEqual(['box'])

      await host().again()
      await lost(list).waitFor({ state: 'detached' })
      await host().kubectl.with(guestMachine('new', { runStrategy: 'Halted' }), 'create', '-f', '-')
      await row(list.page, 'new').waitFor()
      await ann.page.getByText('The connection was lost').waitFor({ state: 'detached' })
      await machineIs(ann, 'Running')
      // The same guest, in the same run.
      await serial.type('\necho "still $marker"\n')
      await serial.shows('still kept')
      expect(list.problems).toEqual([])
      await list.context.close()
    })
  })

  describe('a console server that is killed', () => {
    it('is back by itself, and nobody is signed out', async () => {
      await openList(ann, 'label:later=yes')
      await ann.page.getByText('Nothing matches').waitFor()
      const before = await consolePid()
      process.kill(before, 'SIGKILL')
      await eventually(async () => (await consolePid()) !== before, { what: 'another console server' })
      await host().kubectl('label', 'vm', 'new', 'later=yes')
      // The page that was open all the time, without being loaded again.
      await row(ann.page, 'new').waitFor()
    })
  })

  /** Of the process that `berth up` runs beside the engine. */
  async function consolePid(): Promise<number> {
    const { pid } = JSON.parse(await readFile(join(host().dataDir, 'console', 'console.json'), 'utf8')) as {
      pid: number
    }
    return pid
  }

  describe('two clusters in one list', () => {
    let home: string
    let far: Engine
    let served: BerthSession
    let both: Person

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'berth-two-'))
      far = await startEngine({ driver: 'simulated', dataDir: join(home, 'far'), port: 0, logger: silentLogger })
      const kubectl = host().kubectl.as({ kubeconfig: far.paths.adminKubeconfig })
      await kubectl.with(guestMachine('distant', { runStrategy: 'Halted' }), 'create', '-f', '-')
      const kubeconfig = join(home, 'both.kubeconfig')
      await writeFile(
        kubeconfig,
        JSON.stringify(merged({ near: await configOf(host().kubectl), far: await configOf(kubectl) })),
      )
      const listen = ['--console-listen', '127.0.0.1:0', '--data-dir', home]
      const contexts = ['--context', 'near', '--context', 'far']
      served = host().berth.start('console', '--kubeconfig', kubeconfig, ...contexts, ...listen)
      await served.said(/^Console: http:\S+$/m)
      const [, link = ''] = /^Console: (\S+)$/m.exec(served.stdout()) ?? []
      both = { ...(await visit(browser())), url: new URL(link).origin }
      await both.page.goto(link)
      await heading(both.page, 'Home').waitFor()
    })
    afterAll(async () => {
      served.signal('SIGINT')
      await served.ended
      await far.close()
      await rm(home, { recursive: true, force: true })
    })

    it('stand side by side, and what is of one is not of the other', async () => {
      await openList(both)
      await row(both.page, 'distant').waitFor()
      await lists(both.page, ['box', 'distant', 'new'])
      await openList(both, 'cluster:far')
      await row(both.page, 'distant').waitFor()
      await lists(both.page, ['distant'])
    })

    it('do not wait for each other: of the one that is gone it is said', async () => {
      await openList(both)
      await row(both.page, 'distant').waitFor()
      await far.close()
      await both.page.getByText("far can't be reached: virtual machines as last seen").waitFor()
      expect(await listed(both.page)).toContain('box')
      await host().kubectl('delete', 'vm', 'new')
      await row(both.page, 'new').waitFor({ state: 'detached' })
      expect(both.problems).toEqual([])
    })
  })

  interface Kubeconfig {
    clusters: [{ cluster: object }]
    users: [{ user: object }]
  }

  const configOf = async (kubectl: Kubectl): Promise<Kubeconfig> =>
    (await kubectl.json('config', 'view', '--raw')) as Kubeconfig

  function merged(configs: Record<string, Kubeconfig>): object {
    const entries = Object.entries(configs)
    return {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': entries[0]?.[0],
      clusters: entries.map(([name, { clusters }]) => ({ name, cluster: clusters[0].cluster })),
      users: entries.map(([name, { users }]) => ({ name, user: users[0].user })),
      contexts: entries.map(([name]) => ({ name, context: { cluster: name, user: name } })),
    }
  }
}
