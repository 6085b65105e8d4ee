/**
 * The editor of manifests. It draws only the lines that are seen, so its text goes through the clipboard, as people take it. (Text that
 * Playwright inserts gets styles of the browser's own, which the content security policy refuses.)
 */

import type { Locator } from 'playwright-core'
import type { Person } from './verbs.ts'

export interface Editor {
  text: () => Promise<string>
  replace: (text: string) => Promise<void>
}

/** Needs the right to read the clipboard. */
export function editor({ page }: Person): Editor {
  const content: Locator = page.getByRole('textbox', { name: 'YAML', exact: true })
  return {
    async text() {
      await content.click()
      await page.keyboard.press('Control+A')
      await page.keyboard.press('Control+C')
      return page.evaluate('navigator.clipboard.readText()')
    },
    async replace(text) {
      await content.click()
      await page.keyboard.press('Control+A')
      await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
      await page.keyboard.press('Control+V')
    },
  }
}
