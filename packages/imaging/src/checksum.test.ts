import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileChecksum, parseChecksum } from './checksum.ts'
import { testDirectory } from './test-directory.testkit.ts'

describe('parseChecksum', () => {
  it.each([
    [`sha256:${'A'.repeat(64)}`, 'sha256'],
    ['b'.repeat(128), 'sha512'],
    [`md5:${'0'.repeat(32)}`, 'md5'],
    [`sha1:${'0'.repeat(40)}`, 'sha1'],
  ])('%s is %s', (text, algorithm) => {
    expect(parseChecksum(text)).toEqual({ algorithm, hex: text.split(':').at(-1)?.toLowerCase() })
  })

  it.each(['', 'sha256:', 'sha256:abc', `md5:${'0'.repeat(64)}`, `crc:${'0'.repeat(64)}`, 'z'.repeat(64)])(
    'refuses %j',
    (text) => {
      expect(() => parseChecksum(text)).toThrow(/not a checksum/)
    },
  )
})

describe('fileChecksum', () => {
  const directory = testDirectory()

  it('reads the whole file', async () => {
    const path = join(directory, 'file')
    await writeFile(path, 'abc')
    expect(await fileChecksum(path, 'sha256')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})
