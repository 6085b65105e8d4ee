import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { callerCodes, systemCodes } from './errors.ts'

it('documents every error code, and no other', async () => {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## Error codes'))
  const documented = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code)
  expect(documented).toEqual([...callerCodes, ...systemCodes])
})
