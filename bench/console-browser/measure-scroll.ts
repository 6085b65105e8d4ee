/** How smoothly the list scrolls in a real browser: the time from frame to frame while it goes through thousands of rows. */

import { chromium, type Cookie, type Page } from 'playwright-core'

export interface ScrollOptions {
  /** Of the console server, as the browser reaches it. */
  url: string
  /** `name=value; name=value` of somebody who is signed in. */
  cookie: string
  /** How long it scrolls, after a second to warm up. */
  seconds: number
  /** Pixels per frame; 64, two rows, unless given: as fast as a hand turns a wheel. */
  pixelsPerFrame?: number
  /** Of a Chromium; the distribution's unless given. */
  executable?: string
}

export interface ScrollFrames {
  /** Milliseconds between frames while it scrolled. */
  frames: number[]
  /** The same for as long with nothing to do: what this machine can at all. */
  idle: number[]
  /** Share of frames in which a row that was seen was not loaded yet. */
  waiting: number
  /** Milliseconds from opening the address to the first rows. */
  firstRows: number
  /** Lines of the list. */
  lines: number
}

const warmUpMs = 1000

/** Opens the list of workloads and scrolls it. Changes of rows are made by the caller meanwhile. */
export async function measureScroll(options: ScrollOptions): Promise<ScrollFrames> {
  const browser = await chromium.launch({
    executablePath: options.executable ?? '/usr/bin/chromium',
    // As root there is no sandbox to be had; the page is our own.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    await context.addCookies(cookiesOf(options))
    const page = await context.newPage()
    const started = performance.now()
    await page.goto(`${options.url}/workloads?q=${encodeURIComponent('kind:VirtualMachine')}`)
    await page.getByRole('rowheader').first().waitFor({ timeout: 60_000 })
    const firstRows = performance.now() - started
    const seconds = options.seconds
    const idle = await framesOf(page, { seconds, pixels: 0 })
    const moving = await framesOf(page, { seconds, pixels: options.pixelsPerFrame ?? 64 })
    return { frames: moving.frames, idle: idle.frames, waiting: moving.waiting, firstRows, lines: moving.lines }
  } finally {
    await browser.close()
  }
}

function cookiesOf({ url, cookie }: ScrollOptions): Pick<Cookie, 'name' | 'value' | 'domain' | 'path'>[] {
  const { hostname } = new URL(url)
  return cookie.split('; ').map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), domain: hostname, path: '/' }
  })
}

async function framesOf(
  page: Page,
  { seconds, pixels }: { seconds: number; pixels: number },
): Promise<{ frames: number[]; waiting: number; lines: number }> {
  // A text, since what runs in the page is no code of this program and knows none of its types.
  return page.evaluate(`(async () => {
    const grid = document.querySelector('[role=grid]')
    const row = grid.querySelector('[role=row][data-index]').getBoundingClientRect().height
    const seen = grid.clientHeight / row - 2
    const bottom = grid.scrollHeight - grid.clientHeight
    let top = grid.scrollTop
    const frames = []
    let waiting = 0
    let direction = 1
    const end = performance.now() + ${warmUpMs + seconds * 1000}
    const from = performance.now() + ${warmUpMs}
    let last = performance.now()
    await new Promise((resolve) => {
      const step = (now) => {
        if (now > from) {
          frames.push(now - last)
          const first = top / row
          const isSeen = ({ dataset }) => Number(dataset.index) >= first && Number(dataset.index) < first + seen
          if ([...grid.querySelectorAll('[role=row][aria-busy=true]')].some(isSeen)) waiting++
        }
        last = now
        if (now > end) return resolve()
        // Nothing of the layout is asked here: that would be this program's time and not the page's.
        if (top >= bottom) direction = -1
        if (top <= 0) direction = 1
        top += direction * ${pixels}
        if (${pixels} > 0) grid.scrollTop = top
        requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    })
    return { frames, waiting: waiting / Math.max(1, frames.length), lines: Number(grid.getAttribute('aria-rowcount')) - 1 }
  })()`)
}
