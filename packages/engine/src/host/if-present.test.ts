import { readFile, stat } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ifPresent } from './if-present.ts'

it('is undefined for what is not there, and an error for what cannot be looked at', async () => {
  expect(await ifPresent(stat('/nowhere/at/all'))).toBeUndefined()
  expect(await ifPresent(stat('/dev/null/inside'))).toBeUndefined()
  await expect(ifPresent(readFile('/'))).rejects.toMatchObject({ code: 'EISDIR' })
  expect((await ifPresent(stat('/')))?.isDirectory()).toBe(true)
})
