/** What a text in the command bar means: a verb with what it is done to, or something to go to. Pure. */

import type { ActionId } from '@berth/view'

export type Command =
  | { kind: 'go'; text: string }
  | { kind: 'action'; action: ActionId; query: string }
  | { kind: 'open'; what: OpenedBy; query: string }
  | { kind: 'create'; text: string }
  | { kind: 'namespace'; text: string }

/** What a verb opens of one machine. */
export type OpenedBy = 'vnc' | 'console' | 'why' | 'clone' | 'export'

interface Verb {
  /** As one types it; the first is shown. */
  words: readonly string[]
  command: (rest: string) => Command
}

const action = (id: ActionId, ...words: string[]): Verb => ({
  words,
  command: (query) => ({ kind: 'action', action: id, query }),
})
const open = (what: OpenedBy, ...words: string[]): Verb => ({
  words,
  command: (query) => ({ kind: 'open', what, query }),
})

/** Longer words first where one begins with another. */
export const verbs: readonly Verb[] = [
  action('start', 'start'),
  action('stop', 'stop', 'shutdown'),
  action('restart', 'restart'),
  action('pause', 'pause'),
  action('unpause', 'resume', 'unpause'),
  action('soft-reboot', 'reboot'),
  action('reset', 'reset'),
  action('migrate', 'migrate', 'move'),
  action('force-stop', 'kill', 'poweroff'),
  action('snapshot', 'snapshot', 'snap'),
  open('clone', 'clone', 'copy'),
  open('export', 'export', 'download'),
  action('delete', 'delete', 'remove'),
  open('console', 'console', 'serial'),
  open('vnc', 'screen', 'vnc'),
  open('why', 'why'),
  { words: ['create', 'new'], command: (text) => ({ kind: 'create', text: text.replace(/^from\s+/i, '') }) },
  { words: ['ns', 'namespace'], command: (text) => ({ kind: 'namespace', text }) },
]

export function parseCommand(text: string): Command {
  const trimmed = text.trimStart()
  const [, word = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(trimmed) ?? []
  const verb = verbs.find(({ words }) => words.includes(word.toLowerCase()))
  return verb === undefined ? { kind: 'go', text: trimmed.trim() } : verb.command(rest.trim())
}

/** Verbs that the text may become: `st` may become `start` and `stop`. All of them for no text. */
export function verbsFor(text: string): string[] {
  const typed = text.trim().toLowerCase()
  if (/\s/.test(typed)) return []
  return verbs.flatMap(({ words }) => {
    const found = words.find((word) => word.startsWith(typed))
    return found === undefined ? [] : [found]
  })
}
