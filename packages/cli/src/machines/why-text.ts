/** An explanation as a page: one numbered chain for each reason, causes indented below what they cause. */

import type { Explanation, Finding } from '@berth/api'
import { plainText } from '../output/plain-text.ts'

export function whyText({ machine, status, wished, wishedBecause, asWished, findings, unread }: Explanation): string {
  const name = `VM "${machine.name}"`
  const head = asWished
    ? `${name} is as it should be: ${status}, because ${wishedBecause}.\n`
    : `${name} is ${status}. It should be ${wished}, because ${wishedBecause}.\n`
  const chains = findings.map((each, index) => `\n${chain(each, `${index + 1}. `)}`)
  const blind = unread.map(({ what, why }) => `\nnot looked at: ${what} (${readable(why)})`)
  const start = asWished && wished === 'stopped' ? `next: \`berth vm start ${machine.name}\`\n` : ''
  return head + start + chains.join('') + (blind.length === 0 ? '' : `${blind.join('')}\n`)
}

function chain({ about, says, remedy, because }: Finding, lead: string): string {
  const pad = ' '.repeat(lead.length)
  const where = about.namespace === undefined ? about.name : `${about.namespace}/${about.name}`
  const lines = [
    `${lead}${about.kind} ${where}: ${readable(says)}`,
    ...(remedy === undefined ? [] : [`${pad}next: ${remedy}`]),
  ]
  return `${lines.join('\n')}\n${because.map((each) => chain(each, `${pad}└ `)).join('')}`
}

/** Messages may quote what a guest or a server far away said. */
function readable(text: string): string {
  return plainText()(new TextEncoder().encode(text)).replaceAll(/\s+/g, ' ')
}
