/** The keyboard layout that a guest most likely has, until somebody says which. */

import { layoutIds, type LayoutId } from './layouts.ts'

const byLanguage: Readonly<Record<string, LayoutId>> = {
  'en-GB': 'gb',
  en: 'us',
  'de-CH': 'ch',
  de: 'de',
  'fr-CH': 'ch-fr',
  'fr-BE': 'be',
  'fr-CA': 'ca',
  fr: 'fr',
  nl: 'us-international',
  'es-ES': 'es',
  es: 'latam',
  it: 'it',
  'pt-BR': 'br',
  pt: 'pt',
  sv: 'se',
  nb: 'no',
  no: 'no',
  da: 'dk',
  fi: 'fi',
  pl: 'pl',
  cs: 'cz',
  hu: 'hu',
  tr: 'tr',
}

/** @param chosen what was stored before; anything else than a layout is passed over */
export function wishedLayout(chosen: unknown, languages: readonly string[]): LayoutId {
  const known = layoutIds.find((id) => id === chosen)
  if (known !== undefined) return known
  for (const language of languages) {
    const layout = byLanguage[language] ?? byLanguage[language.split('-')[0] ?? '']
    if (layout !== undefined) return layout
  }
  return 'us'
}
