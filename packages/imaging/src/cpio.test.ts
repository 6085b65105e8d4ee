import { describe, expect, it } from 'vitest'
import { type CpioEntry, writeCpio } from './cpio.ts'
import { runProcess } from './run-process.ts'
import { testDirectory } from './test-directory.testkit.ts'
import { readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const entries: CpioEntry[] = [
  { kind: 'directory', path: 'bin' },
  { kind: 'file', path: 'bin/tool', content: 'abc', mode: 0o755 },
  { kind: 'symlink', path: 'sh', target: 'bin/tool' },
  { kind: 'file', path: 'empty', content: '' },
]

describe('writeCpio', () => {
  const directory = testDirectory()

  it('is unpacked by busybox with names, modes, links and content', async () => {
    const archive = join(directory, 'archive.cpio')
    await writeFile(archive, writeCpio(entries))
    await runProcess({
      command: 'busybox',
      args: ['cpio', '-i', '-F', archive],
      cwd: directory,
      purpose: 'unpacking',
      timeoutMs: 20_000,
    })
    expect(await readFile(join(directory, 'bin/tool'), 'utf8')).toBe('abc')
    expect((await stat(join(directory, 'bin/tool'))).mode & 0o777).toBe(0o755)
    expect(await readlink(join(directory, 'sh'))).toBe('bin/tool')
    expect((await stat(join(directory, 'empty'))).size).toBe(0)
  })

  it('writes the same bytes for the same entries, in whole blocks', () => {
    expect(writeCpio(entries).equals(writeCpio(entries))).toBe(true)
    expect(writeCpio(entries).length % 512).toBe(0)
  })

  it('writes device numbers', () => {
    const archive = writeCpio([{ kind: 'character', path: 'dev/console', major: 5, minor: 1 }]).toString('latin1')
    // Fields 10 and 11 of 8 hexadecimal digits, behind the 6 of the magic.
    expect(archive.slice(6 + 9 * 8, 6 + 11 * 8)).toBe('0000000500000001')
    expect(archive.slice(14, 22)).toBe('00002180')
  })
})
