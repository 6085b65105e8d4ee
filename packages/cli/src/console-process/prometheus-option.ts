/** `--prometheus [CONTEXT=]URL`. */

import { CliError } from '../failure.ts'

/** Addresses by context. @throws {CliError} Usage */
export function prometheusOf(given: readonly string[], contexts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const text of given) {
    const [, named, address = ''] = /^(?:(.*?)=)?(https?:\/\/.*)$/.exec(text) ?? []
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (url === undefined || `${url.username}${url.password}${url.search}${url.hash}` !== '') {
      throw new CliError('Usage', `--prometheus: "${text}" is not the address of a Prometheus`, {
        remedy: 'Write it like east=http://prometheus.example.org:9090, without a user or a query.',
      })
    }
    const [only] = contexts
    const context = named ?? (contexts.length === 1 ? only : undefined)
    if (context === undefined) {
      throw new CliError('Usage', `--prometheus: which of ${contexts.join(', ')} is ${address} for?`, {
        remedy: `Write it like ${only ?? 'east'}=${address}.`,
      })
    }
    if (!contexts.includes(context)) {
      throw new CliError('Usage', `--prometheus: "${context}" is none of the contexts that are shown`, {
        remedy: `Name one of ${contexts.join(', ')}.`,
      })
    }
    if (found.has(context)) throw new CliError('Usage', `--prometheus is given twice for "${context}"`)
    found.set(context, address.replace(/\/+$/, ''))
  }
  return found
}
