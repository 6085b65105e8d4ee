import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/** The codes of the union, as they stand in the source: a type cannot be asked at run time. */
async function codesInSource(): Promise<string[]> {
  const source = await readFile(new URL('./errors.ts', import.meta.url), 'utf8')
  return [...source.matchAll(/^ {2}\| '(\w+)'/gm)].map((match) => match[1] ?? '')
}

it('documents every code, and no other', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const table = readme.slice(readme.indexOf('## Errors'), readme.indexOf('## Tests'))
  const documented = [...table.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1] ?? '')
  const codes = await codesInSource()
  expect(codes.length).toBeGreaterThan(5)
  expect(documented.toSorted()).toEqual(codes.toSorted())
})
