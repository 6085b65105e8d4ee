/** What people do in the console, in words. What is on a page is found as people find it: by its role and its name. */

import { eventually } from '@berth/testkit'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { patienceMs, visit, type Visit } from './browser.ts'
import type { ConsoleHost } from './console-host.ts'

export interface Person extends Visit {
  /** Of the console: `http://127.0.0.1:41234`. */
  url: string
}

export const password = 'correct horse battery staple'

/** Somebody who opens a one-time link and puts off choosing a password, where they have none. */
export async function arrive(
  browser: Browser,
  { url, link, options }: { url: string; link: string; options?: BrowserContextOptions },
): Promise<Person> {
  const person = { ...(await visit(browser, options)), url }
  await person.page.goto(link)
  const later = button(person.page, 'Not now')
  const home = heading(person.page, 'Home')
  await later.or(home).waitFor()
  if (await later.isVisible()) await later.click()
  await home.waitFor()
  return person
}

/** The same person in a browser of their own, or in one of other settings: signed in already. */
export async function again(browser: Browser, person: Person, options: BrowserContextOptions = {}): Promise<Person> {
  const storageState = await person.context.storageState()
  return { ...(await visit(browser, { storageState, ...options })), url: person.url }
}

export async function administrator(browser: Browser, host: ConsoleHost): Promise<Person> {
  return arrive(browser, { url: host.url, link: await host.link() })
}

export const button = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name })
export const link = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('link', typeof name === 'string' ? { name, exact: true } : { name })
export const field = (within: Page | Locator, name: string | RegExp): Locator =>
  within.getByRole('textbox', typeof name === 'string' ? { name, exact: true } : { name })
export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name })
/** The dialog that is open. */
export const dialog = (page: Page): Locator => page.getByRole('dialog')
/** The header of a machine's page: name, state, buttons. */
export const header = (page: Page): Locator => page.getByRole('main').locator('header')

export async function open({ page, url }: Person, path: string): Promise<void> {
  await page.goto(url + path)
}

export type MachineTab = 'summary' | 'console' | 'configure' | 'disks' | 'network' | 'metrics' | 'timeline'

export async function openMachine(
  person: Person,
  name: string,
  tab: MachineTab = 'summary',
  search = '',
): Promise<void> {
  await open(person, `/machines/local/default/${name}${tab === 'summary' ? '' : `/${tab}`}${search}`)
  await heading(person.page, name).waitFor()
}

/** Waits for the state beside the name of the machine whose page is open. */
export async function machineIs({ page }: Person, status: string): Promise<void> {
  await header(page).getByText(status, { exact: true }).waitFor()
}

/** Presses a button of the machine's page, or chooses it from the menu; says yes where a dialog shows the plan first. */
export async function act(person: Person, action: string, options: { confirm?: boolean } = {}): Promise<void> {
  const { page } = person
  const shown = button(header(page), action)
  if ((await shown.count()) > 0) await shown.first().click()
  else await (await menuItem(person, action)).click()
  if (options.confirm === true) await confirm(person, action)
}

/** An entry of the menu with all actions, which it opens. */
export async function menuItem({ page }: Person, action: string): Promise<Locator> {
  await button(header(page), 'More').click()
  return page.getByRole('menuitem', { name: new RegExp(`^${action}`) }).first()
}

/** Why something can't be done now, as its button says to those who can't see it; undefined where it can. */
export async function whyNot(control: Locator): Promise<string | undefined> {
  await control.waitFor()
  if ((await control.getAttribute('aria-disabled')) !== 'true') return undefined
  const described = await control.getAttribute('aria-describedby')
  const why = described === null ? control : control.page().locator(`[id="${described}"]`)
  return (await why.textContent()) ?? ''
}

/** Presses the button of that name in the open dialog, and waits until it has closed. */
export async function confirm({ page }: Person, name: string | RegExp): Promise<void> {
  await button(dialog(page), name).click()
  await dialog(page).waitFor({ state: 'detached' })
}

/** Chooses one of a few that stand side by side. */
export async function choose(within: Page | Locator, group: string, option: string): Promise<void> {
  await within.getByRole('radiogroup', { name: group }).getByText(option, { exact: true }).click()
}

/** Waits for what the dock says of the latest task. */
export async function taskSays({ page }: Person, text: string): Promise<void> {
  await page.getByRole('region', { name: 'Tasks and consoles' }).getByRole('status').getByText(text).waitFor()
}

export interface SerialConsole {
  /** Types as a hand would; a line ends with \n. */
  type: (text: string) => Promise<void>
  /** Waits until the terminal shows it. */
  shows: (text: string | RegExp) => Promise<void>
  text: () => Promise<string>
}

/** The serial console of the page that is open: a machine's tab, the dock or a window. */
export function serialConsole({ page }: Person, name: string): SerialConsole {
  const rows = page.locator('.xterm-rows')
  const text = async (): Promise<string> => (await rows.innerText()).replaceAll('\u00a0', ' ')
  return {
    text,
    type: (typed) => page.getByRole('textbox', { name: `Serial console of ${name}` }).pressSequentially(typed),
    async shows(wanted) {
      const seen = (all: string): boolean => (typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all))
      await eventually(
        async () => {
          const all = await text()
          if (!seen(all)) throw new Error(`it shows: ${all.slice(-1500)}`)
          return true
        },
        { what: `the serial console of ${name} to show ${String(wanted)}`, timeoutMs: 1.5 * patienceMs },
      )
    },
  }
}

/** The screen of a machine, wherever it is shown. */
export const screen = ({ page }: Person, name: string): Locator =>
  page.getByRole('application', { name: `Screen of ${name}` })

/** Types on the screen with the keys of an English keyboard. The page sees real keys, so Shift has to be held. */
export async function typeOnScreen(person: Person, name: string, text: string): Promise<void> {
  await screen(person, name).locator('canvas').click()
  for (const character of text) {
    const shifted = /[A-Z~!@#$%^&*()_+{}|:"<>?]/.test(character)
    await person.page.keyboard.press(character === '\n' ? 'Enter' : `${shifted ? 'Shift+' : ''}${character}`)
  }
}

/** The list of workloads, with a query. */
export async function openList(person: Person, query = ''): Promise<void> {
  await open(person, `/workloads${query === '' ? '' : `?q=${encodeURIComponent(query)}`}`)
  await heading(person.page, 'Workloads').waitFor()
}

export const searchBox = ({ page }: Person): Locator => page.getByRole('combobox', { name: 'Search workloads' })

export const row = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) })

/** Waits until the lines in the page are these and no others, in this order. */
export async function lists(page: Page, names: readonly string[]): Promise<void> {
  const isIt = async (): Promise<boolean> => {
    const seen = await listed(page)
    if (seen.join() !== names.join()) throw new Error(`it has ${seen.join(', ')}`)
    return true
  }
  await eventually(isIt, { what: `the list to be ${names.join(', ')}`, timeoutMs: patienceMs })
}

/** Names of the lines that are in the page, in their order. */
export async function listed(page: Page): Promise<string[]> {
  const rows = await page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') })
    .all()
  const placed = await Promise.all(
    rows.map(async (line) => ({
      at: Number(await line.getAttribute('aria-rowindex', atOnce)),
      name: (await line.getByRole('rowheader').innerText(atOnce)).trim(),
    })),
  )
  return placed.toSorted((one, other) => one.at - other.at).map(({ name }) => name)
}

/** A line that has just gone is not waited for. */
const atOnce = { timeout: 1000 }
