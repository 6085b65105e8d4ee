/** What is wrong with a name, in plain words. */

import type { TFunction } from 'i18next'

/** @param t of `create` */
export function nameWords(t: TFunction, message: string): string {
  if (message.includes('already exists')) return t('name.taken')
  if (message.includes('RFC 1123')) return t('name.form')
  if (message.includes('must be no more than')) return t('name.long')
  return message
}
