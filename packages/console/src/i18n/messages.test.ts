import { describe, expect, it } from 'vitest'

const files = import.meta.glob<object>('../**/messages/*.json', { eager: true, import: 'default' })
const code = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*'], {
  eager: true,
  query: '?raw',
  import: 'default',
})
const folders = [...new Set(Object.keys(files).map((file) => file.replace(/\/messages\/.*/, '')))]

/** `rail.home` to its text. */
function flat(messages: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(Object(value), `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

const read = (folder: string, language: string): Map<string, string> =>
  flat(files[`${folder}/messages/${language}.json`] ?? {})

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name).toSorted()

describe.each(folders)('messages of %s', (folder) => {
  it('are there in every language, with the same values in them', () => {
    const english = read(folder, 'en')
    const german = read(folder, 'de')
    expect([...german.keys()].toSorted()).toEqual([...english.keys()].toSorted())
    for (const [key, text] of english) {
      expect(text, key).not.toBe('')
      expect(placeholders(german.get(key) ?? ''), key).toEqual(placeholders(text))
    }
  })

  it('has all that its code asks for', () => {
    const english = read(folder, 'en')
    for (const [file, text] of Object.entries(code).filter(([name]) => name.startsWith(`${folder}/`))) {
      for (const [, key = ''] of text.matchAll(/\bt\(\s*'([^':]+)'/g)) {
        const known = english.has(key) || english.has(`${key}_other`)
        expect(known, `${file} asks for '${key}'`).toBe(true)
      }
    }
  })
})
