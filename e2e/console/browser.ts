/** Debian's Chromium, and pages in it that keep what went wrong in them. */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'

/** A busy machine makes a page slower, and no test red. */
export const patienceMs = 60_000

/** Starts a browser before the tests of the file, and ends it after them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => browser?.close())
  return () => {
    if (browser === undefined) throw new Error('the browser has not started yet')
    return browser
  }
}

/** Also for programs that are no tests. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram(),
    // Chromium's own sandbox needs what a container or a build machine does not give; the pages are ours.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
}

export interface Visit {
  page: Page
  context: BrowserContext
  /**
   * Script errors, refusals of the content security policy, what pages logged as an error, dialogs of the browser (which nothing of
   * ours opens, but a script that got in would), and requests to anywhere but this host.
   */
  problems: string[]
}

/** A visitor of their own: no cookies, nothing stored. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(patienceMs)
  const problems: string[] = []
  const watch = (opened: Page): void => {
    opened.on('pageerror', (error) => problems.push(`script: ${error.message}`))
    opened.on('console', (message) => {
      if (message.type() === 'error' && !isExpected(message.text())) problems.push(`console: ${message.text()}`)
    })
    opened.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
  }
  context.on('page', watch)
  context.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(request.url())) problems.push(`request: ${request.url()}`)
  })
  return { page: await context.newPage(), context, problems }
}

/** Browsers and noVNC log every refused request and lost socket by themselves; pages show those, and tests look at what they show. */
function isExpected(text: string): boolean {
  return /^Failed to load resource|^WebSocket connection to|^Failed when connecting: Connection closed/.test(text)
}

function chromiumProgram(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, 'chromium')
    if (folder !== '' && existsSync(program)) return program
  }
  throw new Error("chromium is not in PATH; install Debian's package: apt-get install chromium")
}
