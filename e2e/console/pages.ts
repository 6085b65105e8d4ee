/** Every page there is, on a host with machines in several states: what is looked at by eye and by program. */

import { eventually, guestMachine } from '@berth/testkit'
import { patienceMs } from './browser.ts'
import type { ConsoleHost } from './console-host.ts'
import { openMachine, type MachineTab, type Person } from './verbs.ts'

export interface ShownPage {
  name: string
  path: string
  /** Brings it into the state that is looked at. */
  prepare?: (person: Person) => Promise<void>
}

const tabs: readonly MachineTab[] = ['configure', 'disks', 'network', 'metrics', 'timeline']
const machine = '/machines/local/default'

export const shownPages: readonly ShownPage[] = [
  { name: 'home', path: '/' },
  { name: 'workloads', path: '/workloads' },
  { name: 'workloads-detail', path: '/workloads?detail=local%2FVirtualMachine%2Fdefault%2Forders' },
  { name: 'workloads-groups', path: '/workloads?group=status' },
  {
    name: 'workloads-selection',
    path: '/workloads',
    async prepare({ page }) {
      await page.getByRole('gridcell', { name: 'Select web-1' }).click()
      await page.getByRole('gridcell', { name: 'Select web-2' }).click()
    },
  },
  {
    name: 'workloads-delete',
    path: '/workloads',
    async prepare({ page }) {
      await page.getByRole('gridcell', { name: 'Select web-1' }).click()
      await page.getByRole('gridcell', { name: 'Select web-2' }).click()
      await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByText('2 workloads are acted on').waitFor()
    },
  },
  { name: 'workloads-empty', path: '/workloads?q=nothing-like-this' },
  { name: 'machine', path: `${machine}/web-1` },
  { name: 'machine-stopped', path: `${machine}/parked` },
  { name: 'machine-why', path: `${machine}/orders` },
  ...tabs.map((tab) => ({ name: `machine-${tab}`, path: `${machine}/web-1/${tab}` })),
  { name: 'machine-console', path: `${machine}/web-1/console`, prepare: connected },
  { name: 'machine-serial', path: `${machine}/web-1/console?kind=serial`, prepare: connected },
  { name: 'machine-yaml', path: `${machine}/web-1/configure?form=yaml` },
  {
    name: 'machine-menu',
    path: `${machine}/web-1`,
    async prepare({ page }) {
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menu').waitFor()
    },
  },
  { name: 'machine-absent', path: `${machine}/nobody` },
  { name: 'create', path: '/create' },
  ...['size', 'disks', 'network', 'guest', 'placement', 'review'].map((step) => ({
    name: `create-${step}`,
    path: `/create?step=${step}`,
  })),
  { name: 'deploy', path: '/create?template=local%2Fberth-templates%2Ftiny-guest' },
  ...['templates', 'images', 'uploads', 'sizes', 'preferences'].map((section) => ({
    name: `catalogue-${section}`,
    path: `/catalogue/${section}`,
  })),
  { name: 'template', path: '/catalogue/templates/local/berth-templates/debian-13' },
  ...['volumes', 'snapshots', 'policies', 'classes'].map((table) => ({
    name: `storage-${table}`,
    path: `/storage/${table}`,
  })),
  { name: 'storage-new-disk', path: '/storage?new=1' },
  { name: 'machine-clone', path: `${machine}/parked/disks?open=clone` },
  { name: 'hosts', path: '/hosts' },
  { name: 'activity', path: '/activity' },
  { name: 'tasks', path: '/activity/tasks' },
  { name: 'admin', path: '/admin' },
  { name: 'screens', path: '/consoles' },
  { name: 'screen-window', path: '/consoles/local/default/web-1/vnc', prepare: connected },
  {
    name: 'command-bar',
    path: '/',
    async prepare({ page }) {
      await page.keyboard.press('Control+K')
      await page.getByRole('combobox', { name: 'Search and commands' }).fill('stop web-*')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'shortcuts',
    path: '/',
    async prepare({ page }) {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'set-password', path: '/set-password' },
  { name: 'not-found', path: '/no/such/page' },
]

/** One that runs, one that stands still before its first instruction, one that is stopped, one that can't start, one elsewhere. */
export async function furnish(host: ConsoleHost): Promise<void> {
  const orders = guestMachine('orders', {
    spec(spec) {
      spec.domain.devices.disks = [{ name: 'data', disk: { bus: 'virtio' } }]
      spec.volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'orders-data' } }]
    },
  })
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    guestMachine('web-1', { labels: { tier: 'front' } }),
    guestMachine('web-2', { labels: { tier: 'front' }, spec: (spec) => void (spec.startStrategy = 'Paused') }),
    guestMachine('parked', { runStrategy: 'Halted' }),
    guestMachine('cart', { namespace: 'shop', runStrategy: 'Halted' }),
    orders,
  ]
  await host.kubectl.with({ apiVersion: 'v1', kind: 'List', items }, 'create', '-f', '-')
}

/**
 * Opens it, and waits until nothing of it is still being fetched.
 *
 * @param how `within`: from the page that is open, as by a link, which takes half the time of loading everything anew
 */
export async function show(
  person: Person,
  { path, prepare }: ShownPage,
  how: 'anew' | 'within' = 'anew',
): Promise<void> {
  const { page, url } = person
  if (how === 'anew') await page.goto(url + path)
  else await goWithin(person, path)
  await page.getByRole('heading', { level: 1 }).or(page.getByRole('toolbar')).first().waitFor()
  await settled(person)
  if (prepare !== undefined) {
    await prepare(person)
    await settled(person)
  }
}

/** Until the page that was asked for has taken the place of the one before. */
async function goWithin({ page, url }: Person, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`)
  // The router's own word for it; what is drawn could as well be the page before.
  const arrived = `(({ latestLocation, state: { status, resolvedLocation } }) => status === 'idle' &&
    resolvedLocation?.href === latestLocation.href &&
    resolvedLocation.pathname === ${JSON.stringify(new URL(path, url).pathname)})(window.__TSR_ROUTER__)`
  await eventually(async () => (await page.evaluate(arrived)) === true, {
    what: `${path} to be shown`,
    timeoutMs: patienceMs,
  })
}

/** Skeletons are gone, screens and pictures are there, and what moves has come to rest. */
async function settled({ page }: Person): Promise<void> {
  // Pictures that can't be seen are not fetched.
  const rests = `document.querySelector('[aria-busy=true], [class*=skeleton]') === null &&
    ![...document.querySelectorAll('[role=status], [class*=thumbnail]')].some((element) =>
      /…$/.test(element.textContent) && element.getBoundingClientRect().top < innerHeight) &&
    document.getAnimations().every(({ playState }) => playState !== 'running')`
  await eventually(async () => (await page.evaluate(rests)) === true, {
    what: `${page.url()} to settle`,
    timeoutMs: patienceMs,
  })
}

/** The picture button of a screen and the paste button of a serial console are greyed until there is a connection. */
async function connected({ page }: Person): Promise<void> {
  const toolbar = page.getByRole('toolbar')
  await toolbar.getByRole('button').first().waitFor()
  await toolbar.locator('[aria-disabled=true]').first().waitFor({ state: 'detached' })
}

/** For the pages of a machine that has greeted. */
export async function whenBooted(person: Person): Promise<void> {
  await openMachine(person, 'web-1', 'console', '?kind=serial')
  await person.page.locator('.xterm-rows', { hasText: 'Hello from web-1' }).waitFor()
  // Whoever comes next finds the console free.
  await person.page.goto(person.url)
}
