/** Why a machine should be as it should: the server's sentence, in the reader's language where it is a known one. */

import type { TFunction } from 'i18next'

/** The first that fits. */
const known: readonly [RegExp, string][] = [
  [/^it is an instance without a VM/, 'instance'],
  [/^its deletion was asked for$/, 'deleted'],
  [/^it was asked to stop$/, 'stop'],
  [/^it was asked to start$/, 'start'],
  [/^its run strategy is (\w+) and its guest shut down in order$/, 'shutDown'],
  [/^its run strategy is (\w+) and nobody started it$/, 'nobody'],
  [/^its run strategy is (\w+) and it ran already$/, 'ran'],
  [/^it waits to be received/, 'receives'],
  [/^its run strategy is (\w+)$/, 'strategy'],
]

/** @param t of `machine` */
export function becauseWords(t: TFunction, sentence: string): string {
  for (const [form, key] of known) {
    const match = form.exec(sentence)
    if (match !== null) return t(`why.because.${key}`, { strategy: match[1] ?? '' })
  }
  return sentence
}
