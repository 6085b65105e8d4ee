import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freeBytes } from './free-space.ts'
import { reserveSpace } from './reserve-space.ts'
import { testDirectory } from './test-directory.testkit.ts'

describe('space', () => {
  const root = testDirectory()

  it('is reserved without changing the file, or said not to be there', async () => {
    const path = join(root, 'file')
    await writeFile(path, 'content')
    const answer = await reserveSpace(path, 8 * 1024 ** 2)
    const { size, blocks } = await stat(path)
    expect(size).toBe(7)
    expect(blocks * 512 >= 8 * 1024 ** 2).toBe(answer === 'reserved')
    if (answer === 'reserved')
      await expect(reserveSpace(path, (await freeBytes(path)) + 1024 ** 3)).rejects.toMatchObject({ code: 'NoSpace' })
  })
})
