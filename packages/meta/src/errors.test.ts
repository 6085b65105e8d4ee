import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('has every error code in the README, and no other', () => {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')
  const declared = Array.from(read('./errors.ts').matchAll(/\| '(\w+)'/g), ([, code]) => code)
  const documented = Array.from(
    read('../README.md').matchAll(/^\| `(\w+)`\s+\| (?:caller|ours)\s+\|/gm),
    ([, code]) => code,
  )
  expect(declared.length).toBeGreaterThan(0)
  expect(new Set(documented)).toEqual(new Set(declared))
  expect(documented).toHaveLength(declared.length)
})
