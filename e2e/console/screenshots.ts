/**
 * `npm run screenshots [FOLDER]`: starts a host with machines in several states, and writes a picture of every page in both themes, some
 * of them on a small screen, zoomed, in German and in high contrast. To be looked at; nothing is compared.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { startConsoleHost } from './console-host.ts'
import { furnish, show, shownPages, whenBooted, type ShownPage } from './pages.ts'
import { administrator, again, type Person } from './verbs.ts'

interface Series {
  /** Of the files: `dark/machine.png`. */
  folder: string
  options: BrowserContextOptions
  pages: readonly ShownPage[]
}

const some = (...names: string[]): ShownPage[] => shownPages.filter(({ name }) => names.includes(name))
const telling = some('home', 'workloads-detail', 'machine', 'machine-configure', 'create', 'machine-console')

const series: readonly Series[] = [
  { folder: 'light', options: { colorScheme: 'light' }, pages: shownPages },
  { folder: 'dark', options: { colorScheme: 'dark' }, pages: shownPages },
  { folder: '1024', options: { viewport: { width: 1024, height: 700 } }, pages: telling },
  // A window of 1280 by 800 whose page is zoomed to 200 %.
  { folder: 'zoomed', options: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, pages: telling },
  { folder: 'german', options: { locale: 'de-DE' }, pages: telling },
  { folder: 'contrast', options: { contrast: 'more' }, pages: telling },
]

async function main(folder: string): Promise<void> {
  const host = await startConsoleHost()
  try {
    await furnish(host)
    const browser = await launchBrowser()
    const ann = await administrator(browser, host)
    await whenBooted(ann)
    for (const each of series) await take(browser, ann, { ...each, folder: join(folder, each.folder) })
    await writeFile(join(folder, 'index.html'), index())
    await browser.close()
  } finally {
    await host.end()
  }
  process.stdout.write(`${String(series.flatMap(({ pages }) => pages).length)} pictures: ${folder}/index.html\n`)
}

async function take(browser: Browser, ann: Person, { folder, options, pages }: Series): Promise<void> {
  await mkdir(folder, { recursive: true })
  const person = await again(browser, ann, options)
  for (const shown of pages) {
    await show(person, shown)
    await person.page.screenshot({ path: join(folder, `${shown.name}.png`) })
  }
  if (person.problems.length > 0) process.stderr.write(`${folder}:\n  ${person.problems.join('\n  ')}\n`)
  await person.context.close()
}

/** All of them on one page. */
function index(): string {
  const pictures = series.flatMap(({ folder, pages }) => pages.map(({ name }) => `${folder}/${name}`))
  const figures = pictures.map(
    (name) => `<figure><img src="${name}.png" width="640" loading="lazy"><figcaption>${name}</figcaption></figure>`,
  )
  return `<!doctype html><meta charset="utf-8"><title>Screenshots</title><style>body{display:flex;flex-wrap:wrap}</style>${figures.join('')}\n`
}

await main(resolve(process.argv[2] ?? 'screenshots'))
