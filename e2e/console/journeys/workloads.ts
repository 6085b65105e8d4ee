// The list of workloads in a browser: found, chosen, grouped, deleted; by whom, and by whom not; and names and texts that would like to
// be more than text.
import { copyFile, readFile } from 'node:fs/promises'
import { guestMachine, type GuestOptions } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Stage } from './stage.ts'
import {
  administrator,
  again,
  arrive,
  button,
  confirm,
  dialog,
  field,
  header,
  heading,
  link,
  lists,
  menuItem,
  open,
  openList,
  openMachine,
  row,
  searchBox,
  taskSays,
  whyNot,
  type Person,
} from '../verbs.ts'

export function describeWorkloads({ browser, host }: Stage): void {
  let ann: Person
  /** May look at everything. */
  let vera: Person

  const halted = (name: string, options: GuestOptions = {}): object =>
    guestMachine(name, { runStrategy: 'Halted', ...options })
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `web-${index + 1}`)

  beforeAll(async () => {
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'market' } },
      ...names(5).map((name) => halted(name, { labels: { tier: 'front' } })),
      halted('cart', { namespace: 'market' }),
    ]
    await host().kubectl.with({ apiVersion: 'v1', kind: 'List', items }, 'create', '-f', '-')
    ann = await administrator(browser(), host())
    await host().berth('user', 'add', 'vera', '--role', 'viewer')
    vera = await arrive(browser(), { url: host().url, link: await host().link('vera') })
  })
  afterEach(() => expect([...ann.problems.splice(0), ...vera.problems.splice(0)]).toEqual([]))

  describe('the list', () => {
    it('follows the search, which stands in the address', async () => {
      const { page } = ann
      await openList(ann)
      await row(page, 'cart').waitFor()
      await searchBox(ann).fill('web- -web-4')
      await row(page, 'web-4').waitFor({ state: 'detached' })
      await lists(page, ['web-1', 'web-2', 'web-3', 'web-5'])
      await page.waitForURL(/q=web-/)
      await page.reload()
      await row(page, 'web-5').waitFor()
      await lists(page, ['web-1', 'web-2', 'web-3', 'web-5'])
    })

    it('says what is wrong with a search, and what could be meant', async () => {
      await searchBox(ann).fill('statu:Running')
      await searchBox(ann).press('Enter')
      await ann.page.getByText(/Did you mean “status”/).waitFor()
    })

    it('is used by keyboard alone', async () => {
      const { page } = ann
      await openList(ann, 'web-')
      await row(page, 'web-5').waitFor()
      await searchBox(ann).focus()
      for (let steps = 0; steps < 6 && !(await isInGrid(ann)); steps++) await page.keyboard.press('Tab')
      expect(await isInGrid(ann)).toBe(true)
      for (const key of ['Home', 'Control+Home', 'ArrowDown', 'Space', 'Shift+ArrowDown'])
        await page.keyboard.press(key)
      await page.getByRole('toolbar', { name: 'Actions on the selection' }).getByText('2 selected').waitFor()
      await page.keyboard.press('Shift+F10')
      await page.getByRole('menu').locator(':focus').waitFor()
      await page.getByRole('menuitem', { name: /^Start/ }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
      for (const key of ['ArrowRight', 'Enter']) await page.keyboard.press(key)
      await heading(page, 'web-3').waitFor()
    })

    it('deletes exactly three of five, after it has said which', async () => {
      const { page } = ann
      await openList(ann, 'web-')
      for (const name of ['web-1', 'web-3', 'web-5'])
        await row(page, name)
          .getByRole('gridcell', { name: `Select ${name}` })
          .click()
      const bar = page.getByRole('toolbar', { name: 'Actions on the selection' })
      await bar.getByText('3 selected').waitFor()
      await button(bar, 'Delete').click()
      await dialog(page).getByText('3 workloads are acted on').waitFor()
      expect((await dialog(page).innerText()).match(/web-\d/g)).toEqual(['web-1', 'web-3', 'web-5'])
      await confirm(ann, 'Delete: 3')
      await taskSays(ann, 'Done')
      // Rows stay where they are while the pointer is among them.
      await page.mouse.move(1, 1)
      for (const name of ['web-1', 'web-3', 'web-5']) await row(page, name).waitFor({ state: 'detached' })
      await lists(page, ['web-2', 'web-4'])
      expect((await host().kubectl('get', 'vms', '-A', '-o', 'name')).match(/\/\S+/g)).toEqual([
        '/web-2',
        '/web-4',
        '/cart',
      ])
      // What was selected is not any more.
      await bar.waitFor({ state: 'detached' })
    })

    it('groups, and keeps what is shown as a view', async () => {
      const { page } = ann
      await openList(ann, 'status:Stopped')
      await button(page, 'Group').click()
      await page.getByRole('menuitemradio', { name: 'Namespace' }).click()
      await page
        .getByRole('row', { name: /market/ })
        .first()
        .waitFor()
      await button(page, 'Views').click()
      await page.getByRole('menuitem', { name: 'Save this view…' }).click()
      await field(dialog(page), 'Name').fill('Parked')
      await confirm(ann, 'Save')
      await openList(ann)
      await button(page, 'Views').click()
      await page.getByRole('menuitemradio', { name: /Parked/ }).click()
      await page.waitForURL(/status(:|%3A)Stopped.*group=namespace/)
    })

    it('is taken away as CSV, as it is shown', async () => {
      const { page } = ann
      await openList(ann, 'web-')
      const [download] = await Promise.all([page.waitForEvent('download'), link(page, 'CSV').click()])
      const [head = '', ...lines] = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/)
      expect(head).toMatch(/^"?name"?,/i)
      expect(lines.map((line) => line.split(',', 1)[0]?.replaceAll('"', ''))).toEqual(['web-2', 'web-4'])
    })
  })

  describe('the command bar', () => {
    it('answers why', async () => {
      const { page } = ann
      await page.keyboard.press('Control+K')
      await page.getByRole('combobox', { name: 'Search and commands' }).waitFor()
      await page.keyboard.type('why web-2')
      await page.getByRole('option', { name: /web-2/ }).waitFor()
      await page.keyboard.press('Enter')
      await heading(page, 'web-2').waitFor()
      await page.getByRole('region', { name: 'Why' }).getByText('as it should be').waitFor()
    })

    it('shows first what it would do to many', async () => {
      const { page } = ann
      await page.keyboard.press('Control+K')
      await page.keyboard.type('delete web-*')
      await page.getByRole('option', { name: /all 2 machines/ }).click()
      await dialog(page).getByText('2 workloads are acted on').waitFor()
      await button(dialog(page), 'Cancel').click()
      await dialog(page).waitFor({ state: 'detached' })
    })
  })

  describe('somebody who may only look', () => {
    it('sees the same list, with nothing of what others set up or did', async () => {
      const { page } = vera
      await openList(vera)
      await row(page, 'cart').waitFor()
      await lists(page, ['cart', 'web-2', 'web-4'])
      await button(page, 'Views').click()
      expect(await page.getByRole('menuitemradio', { name: /Parked/ }).count()).toBe(0)
      await page.keyboard.press('Escape')
      expect(await page.getByRole('region', { name: 'Tasks and consoles' }).innerText()).not.toContain('Delete')
    })

    it('finds what they may not do greyed, with the reason', async () => {
      await openMachine(vera, 'web-2')
      expect(await whyNot(button(header(vera.page), 'Start'))).toMatch(/You have no right/)
      expect(await whyNot(await menuItem(vera, 'Delete'))).toMatch(/You have no right/)
      await vera.page.keyboard.press('Escape')
      await open(vera, '/admin')
      await vera.page.getByText('Users are managed by administrators').waitFor()
    })

    it('is refused by the server, whatever the page says', async () => {
      const path = '/api/clusters/local/k8s/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web-2'
      const answer = await vera.page.evaluate(`(async () => {
      const { csrf } = await (await fetch('/api/session')).json()
      const answer = await fetch('${path}', { method: 'DELETE', headers: { 'x-berth-csrf': csrf } })
      return { code: answer.status, ...(await answer.json()) }
    })()`)
      expect(answer).toMatchObject({ code: 403, kind: 'Status', reason: 'Forbidden' })
      expect(await host().kubectl('get', 'vm', 'web-2', '-o', 'name')).toContain('web-2')
    })
  })

  describe('somebody with a token for one namespace', () => {
    let tom: Person
    let served: ReturnType<ReturnType<typeof host>['berth']['start']>

    beforeAll(async () => {
      const { kubectl, berth, dataDir } = host()
      await kubectl('create', 'serviceaccount', 'tom', '-n', 'market')
      // Who may not list namespaces looks into the one of the context.
      const kubeconfig = `${dataDir}/market.kubeconfig`
      await copyFile(`${dataDir}/admin.kubeconfig`, kubeconfig)
      await kubectl.as({ kubeconfig })('config', 'set-context', '--current', '--namespace', 'market')
      await kubectl('create', 'rolebinding', 'tom', '-n', 'market', '--clusterrole=view', '--serviceaccount=market:tom')
      const listen = ['--console-listen', '127.0.0.1:0', '--data-dir', `${dataDir}-shared`]
      served = berth.start('console', '--shared', '--kubeconfig', kubeconfig, ...listen)
      await served.said(/^Console: http:\S+$/m)
      const [, url = ''] = /^Console: (\S+)$/m.exec(served.stdout()) ?? []
      tom = {
        ...(await again(browser(), vera, { storageState: { cookies: [], origins: [] } })),
        url: new URL(url).origin,
      }
      await open(tom, '/sign-in')
      await field(tom.page, 'Token').fill((await kubectl('create', 'token', 'tom', '-n', 'market')).trim())
      await button(tom.page, 'Sign in').click()
      await heading(tom.page, 'Home').waitFor()
    })
    afterAll(async () => {
      served.signal('SIGINT')
      await served.ended
    })

    it('sees what is in it, and nothing of the rest', async () => {
      await openList(tom)
      await row(tom.page, 'cart').waitFor()
      await lists(tom.page, ['cart'])
    })

    it('is told so under a deep link to another', async () => {
      const own = (await link(row(tom.page, 'cart'), 'cart').getAttribute('href')) ?? ''
      await open(tom, own.replace('/market/cart', '/default/web-2'))
      await tom.page.getByText('You may not see this machine').waitFor()
      expect(tom.problems).toEqual([])
    })
  })

  describe('text that would be more', () => {
    const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>{{constructor}}javascript:alert(3)'

    beforeAll(async () => {
      const machine = guestMachine('evil', {
        runStrategy: 'Halted',
        spec(spec) {
          spec.domain.devices.disks = [{ name: 'init', disk: { bus: 'virtio' } }]
          spec.volumes = [{ name: 'init', cloudInitNoCloud: { userData: `#cloud-config\n# ${evil}\nhostname: x\n` } }]
        },
      })
      machine.metadata.annotations = { description: evil, 'kubevirt.io/description': evil, 'example.com/x': evil }
      const template = {
        apiVersion: 'template.kubevirt.io/v1beta1',
        kind: 'VirtualMachineTemplate',
        metadata: { name: 'evil', annotations: { 'openshift.io/display-name': evil, description: evil } },
        spec: { parameters: [{ name: 'NAME', description: evil }], virtualMachine: halted('x') },
      }
      await host().kubectl.with({ apiVersion: 'v1', kind: 'List', items: [machine, template] }, 'create', '-f', '-')
      const uid = await host().kubectl('get', 'vm', 'evil', '-o', 'jsonpath={.metadata.uid}')
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'evil.1', namespace: 'default' },
        involvedObject: {
          kind: 'VirtualMachine',
          name: 'evil',
          namespace: 'default',
          uid,
          apiVersion: 'kubevirt.io/v1',
        },
        reason: evil.slice(0, 100),
        message: evil,
        type: 'Warning',
        firstTimestamp: new Date().toISOString(),
        lastTimestamp: new Date().toISOString(),
        count: 1,
        source: { component: evil.slice(0, 60) },
      }
      await host().kubectl.with(event, 'create', '-f', '-')
    })

    it.each([
      '/workloads?detail=local%2FVirtualMachine%2Fdefault%2Fevil',
      `/workloads?q=${encodeURIComponent(evil)}&group=${encodeURIComponent(`label:${evil}`)}&sort=${encodeURIComponent(evil)}`,
      '/machines/local/default/evil',
      '/machines/local/default/evil/configure',
      '/machines/local/default/evil/configure?form=yaml',
      '/machines/local/default/evil/timeline',
      `/machines/local/default/${encodeURIComponent(evil)}`,
      '/create',
      '/create?template=local%2Fdefault%2Fevil',
      '/catalogue/templates/local/default/evil',
      `/catalogue/${encodeURIComponent(evil)}`,
      '/activity',
    ])('is text at %s', async (path) => {
      const { page } = ann
      await open(ann, path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      if (/timeline|templates?[/=]|yaml/.test(path)) await page.getByText('<img src=x').first().waitFor()
      expect(await page.locator('img[src="x"], main script').count()).toBe(0)
    })
  })

  describe('signing out', () => {
    it('leaves nothing behind in the browser', async () => {
      const { page } = vera
      await openMachine(vera, 'web-2')
      await button(page, 'vera').click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await heading(page, 'Sign in').waitFor()
      await page.goBack()
      await heading(page, 'Sign in').waitFor()
      expect(await page.getByText('web-2').count()).toBe(0)
    })
  })

  const isInGrid = async ({ page }: Person): Promise<boolean> =>
    page.evaluate(`document.activeElement.closest('[role=grid]') !== null`)
}
