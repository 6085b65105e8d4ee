import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { clientErrorCodes } from './errors.ts'

it('the README documents exactly the codes there are', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const documented = [...readme.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(Object.fromEntries(documented)).toEqual(clientErrorCodes)
})
