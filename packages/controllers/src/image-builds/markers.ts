/**
 * How the machine that sets an image up tells how far it is: lines on its serial console, with a word that only this build knows, so
 * that nothing else it prints is taken for one.
 */

export interface BuildProgress {
  /** `2/5 install packages` */
  step?: string
  outcome?: { kind: 'done' } | { kind: 'failed'; exitCode: number; step: string }
}

const prefix = 'berth-image-build'

/** Letters and digits only: what it is looked for with is a pattern. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9]{1,64}$/.test(text)
}

/** The command that says it; `words` are ours. */
export function marker(token: string, words: string): string {
  return `printf '\\n%s\\n' '${prefix} ${token} ${words}'`
}

export function readMarkers(log: string, token: string): BuildProgress {
  const progress: BuildProgress = {}
  for (const [, words = ''] of log.matchAll(new RegExp(`${prefix} ${token} ([^\\r\\n]{1,200})`, 'g'))) {
    const [kind, ...rest] = words.trim().split(' ')
    if (kind === 'step') progress.step = rest.join(' ')
    if (kind === 'done') progress.outcome = { kind: 'done' }
    if (kind === 'failed') {
      progress.outcome = { kind: 'failed', exitCode: Number(rest[0]) || 1, step: rest.slice(1).join(' ') }
    }
  }
  return progress
}

/**
 * The log for people: without the word, without what moves cursors or colours text, and without what a kernel says of disks that are
 * taken from under processes when it switches off.
 */
export function readableLog(log: string, token: string): string {
  const end = log.indexOf(`${prefix} ${token} done`)
  return (
    (end < 0 ? log : `${log.slice(0, end)}${prefix} ${token} done\n`)
      .replaceAll(new RegExp(`${prefix} ${token} `, 'g'), '== ')
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[@-Z\\^_])/g, '')
      .replaceAll(/\r+\n/g, '\n')
      .replaceAll('\r', '\n')
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\0-\x08\x0B-\x1F\x7F]/g, '')
  )
}
