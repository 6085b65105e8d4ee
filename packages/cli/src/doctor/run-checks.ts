/** Runs checks and shows their findings. */

import { messageOf } from '@berth/base'
import type { CommandContext } from '../context.ts'
import type { Style } from '../terminal.ts'
import type { Check, Finding, Result, Verdict } from './check.ts'

/** In order; one that breaks is a failed check, not a failed doctor. */
export async function runChecks(checks: readonly Check[], context: CommandContext): Promise<Result[]> {
  const results: Result[] = []
  for (const check of checks) {
    const { id, title } = check
    // Only in place: the result line follows at once.
    const step = context.terminal.stderr.isTTY ? context.progress.step(title) : undefined
    const finding = await check
      .run(context)
      .catch((error: unknown): Finding => ({ verdict: 'fail', detail: `the check itself failed: ${messageOf(error)}` }))
    step?.close()
    results.push({ id, title, ...finding })
  }
  return results
}

const marks: Record<Verdict, { text: string; color: 'green' | 'yellow' | 'red' }> = {
  ok: { text: 'ok  ', color: 'green' },
  warn: { text: 'warn', color: 'yellow' },
  fail: { text: 'FAIL', color: 'red' },
}

export function renderResults(results: readonly Result[], style: Style): string {
  const width = Math.max(...results.map(({ title }) => title.length))
  return results
    .map(({ title, verdict, detail, remedy }) => {
      const { text, color } = marks[verdict]
      const line = `${style[color](text)}  ${title.padEnd(width)}  ${detail}\n`
      return remedy === undefined ? line : `${line}      next: ${remedy}\n`
    })
    .join('')
}
