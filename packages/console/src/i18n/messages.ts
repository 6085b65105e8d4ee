/**
 * Words come from message files only: `features/<name>/messages/<language>.json`, under the feature's name as namespace; those of
 * `app` and `ui` lie there. A file is fetched when its namespace is first asked for.
 */

import i18next, { type BackendModule, type ReadCallback, type TFunction } from 'i18next'
import { initReactI18next, useTranslation } from 'react-i18next'

export const languages = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
] as const

const storageKey = 'berth.language'

const files = import.meta.glob<{ default: Record<string, unknown> }>([
  '../features/*/messages/*.json',
  '../app/messages/*.json',
  '../ui/messages/*.json',
])

function fileOf(language: string, namespace: string): string {
  const folder = namespace === 'app' || namespace === 'ui' ? `../${namespace}` : `../features/${namespace}`
  return `${folder}/messages/${language}.json`
}

async function answer(file: (typeof files)[string], callback: ReadCallback): Promise<void> {
  try {
    const { default: messages } = await file()
    callback(null, messages)
  } catch (error) {
    callback(error instanceof Error ? error : new Error(String(error)), false)
  }
}

const messageFiles: BackendModule = {
  type: 'backend',
  init() {},
  read(language, namespace, callback) {
    const file = files[fileOf(language, namespace)]
    if (file === undefined) {
      callback(new Error(`there is no message file ${fileOf(language, namespace)}`), false)
      return
    }
    void answer(file, callback)
  },
}

function wishedLanguage(): string {
  const chosen = localStorage.getItem(storageKey)
  const wished = chosen === null ? navigator.languages : [chosen, ...navigator.languages]
  for (const language of wished) {
    const known = languages.find(({ code }) => language === code || language.startsWith(`${code}-`))
    if (known !== undefined) return known.code
  }
  return 'en'
}

/** Before the page is drawn. */
export async function startMessages(): Promise<void> {
  document.documentElement.lang = wishedLanguage()
  await i18next
    .use(messageFiles)
    .use(initReactI18next)
    .init({
      lng: wishedLanguage(),
      fallbackLng: false,
      supportedLngs: languages.map(({ code }) => code),
      // What the shell itself shows, on every page.
      ns: ['app', 'ui', 'tasks', 'actions', 'consoles'],
      defaultNS: 'app',
      // React escapes what it draws.
      interpolation: { escapeValue: false },
      returnNull: false,
    })
}

export function currentLanguage(): string {
  return i18next.language
}

/** Stays chosen in this browser. */
export async function changeLanguage(code: string): Promise<void> {
  localStorage.setItem(storageKey, code)
  await i18next.changeLanguage(code)
  document.documentElement.lang = code
}

/** Fetches namespaces beforehand, so that no page waits for its words after its code. */
export async function loadMessages(namespaces: readonly string[]): Promise<void> {
  await i18next.loadNamespaces(namespaces)
}

/** `t('key', {values})` of a feature's own message file; `t('ui:close')` reaches another. */
export function useMessages(namespace: string): TFunction {
  return useTranslation(namespace).t
}
