// Every page by the rules that a program can check (WCAG 2.2 AA), in both themes; by keyboard; and on small screens.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Stage } from './stage.ts'
import { furnish, show, shownPages, whenBooted } from '../pages.ts'
import { administrator, button, openList, type Person } from '../verbs.ts'

export function describeAccessibility({ browser, host }: Stage): void {
  let ann: Person
  let axe: string

  beforeAll(async () => {
    await furnish(host())
    ann = await administrator(browser(), host())
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    await whenBooted(ann)
  })
  afterEach(() => expect(ann.problems.splice(0)).toEqual([]))

  interface Violation {
    id: string
    help: string
    nodes: { html: string; any: { message: string }[] }[]
  }

  const everyRule = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }
  /** What a theme can break. */
  const rulesOfColour = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

  /** Nothing is fetched again for rules that are not asked for, and nothing is told of what is in order. */
  const quickly = { preload: false, selectors: false, resultTypes: ['violations'] }

  /** What breaks a rule, as one line each. */
  async function violations({ page }: Person, runOnly: object): Promise<string[]> {
    // Moving within the console keeps it.
    if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe)
    const found = (await page.evaluate(
      `axe.run(document, ${JSON.stringify({ ...quickly, runOnly })}).then(({ violations }) => violations)`,
    )) as Violation[]
    return found.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 5).map(({ html, any: [first] }) => `${id}: ${first?.message ?? help}: ${html.slice(0, 300)}`),
    )
  }

  /** How far the page or its work area can be scrolled sideways, which nobody should have to do for text. */
  async function sideways({ page }: Person): Promise<number> {
    const areas = `[document.documentElement, ...document.querySelectorAll('main')]`
    // What floats over the page takes its new place a frame after the window has its new size.
    const frames = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))`
    return (await page.evaluate(
      `${frames}.then(() => Math.max(...${areas}.map((area) => area.scrollWidth - area.clientWidth)))`,
    )) as number
  }

  const sizes = [
    ['at 1024 px', { width: 1024, height: 700 }],
    // A window of 1280 pixels whose page is zoomed.
    ['at 200 %', { width: 640, height: 400 }],
    ['', { width: 1280, height: 800 }],
  ] as const

  describe('every page', () => {
    let isFresh = false

    it.each(shownPages)('$name breaks no rule in either theme, and fits small screens', async (shown) => {
      const { page } = ann
      // What a page was brought to stays with it: only after such a page everything is loaded anew.
      await show(ann, shown, isFresh ? 'within' : 'anew')
      isFresh = shown.prepare === undefined
      const found = await violations(ann, everyRule)
      await page.emulateMedia({ colorScheme: 'dark' })
      found.push(...(await violations(ann, rulesOfColour)).map((text) => `dark: ${text}`))
      await page.emulateMedia({ colorScheme: 'light' })
      for (const [which, size] of sizes) {
        await page.setViewportSize(size)
        const over = await sideways(ann)
        if (over > 0) found.push(`${which} it scrolls sideways by ${over} px`)
      }
      expect(found).toEqual([])
    })
  })

  describe('by keyboard', () => {
    it('everything on the list is reached with Tab, and is seen where it is', async () => {
      const { page } = ann
      await openList(ann)
      await page.getByRole('row', { name: /web-1/ }).waitFor()
      const reached = new Set<string>()
      for (let steps = 0; steps < 40; steps++) {
        await page.keyboard.press('Tab')
        const { name, outlined } = (await page.evaluate(focusedThing)) as { name: string; outlined: boolean }
        if (reached.has(name) || name === '') break
        expect(outlined, `the focus on ${name} is seen`).toBe(true)
        reached.add(name)
      }
      const wanted = [
        'Skip to the content',
        'Home',
        'Workloads',
        'Views',
        'Columns',
        'CSV',
        'Create',
        'Lenses',
        'Group',
      ]
      expect([...reached]).toEqual(expect.arrayContaining(wanted))
    })

    it('shortcuts are told under ?', async () => {
      const { page } = ann
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog').getByText('New virtual machine').waitFor()
      await button(page.getByRole('dialog'), 'Close').first().click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.keyboard.press('g')
      await page.keyboard.press('h')
      await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    })
  })

  const focusedThing = `(() => {
  const element = document.activeElement
  if (element === document.body) return { name: '', outlined: true }
  const style = getComputedStyle(element)
  const outlined = (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none' ||
    getComputedStyle(element.parentElement).outlineStyle !== 'none' || element.matches('input')
  return { name: (element.getAttribute('aria-label') ?? element.innerText ?? '').trim() || element.tagName, outlined }
})()`
}
