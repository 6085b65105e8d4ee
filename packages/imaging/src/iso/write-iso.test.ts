import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { readIso } from './read-iso.testkit.ts'
import { writeIso } from './write-iso.ts'

const sample = new Map([
  ['meta-data', '{}'],
  ['openstack/latest/user_data', '#!/bin/sh\n'],
  ['openstack/latest/meta_data.json', '{"a":1}'],
  [`${'long-name-'.repeat(25)}end`, 'long'],
  ['ünïcode.txt', 'ü'],
])

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !/[/\p{Cc}]/u.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) < 250)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
const files = fc
  .array(fc.tuple(path, fc.uint8Array({ maxLength: 5000 })), { maxLength: 30 })
  .map((entries) => new Map(entries))
  // A path cannot be a file and a directory.
  .filter((map) => [...map.keys()].every((one) => ![...map.keys()].some((other) => other.startsWith(`${one}/`))))

describe('writeIso', () => {
  it('gives back every file under its true name, whatever the names', () => {
    fc.assert(
      fc.property(files, (map) => {
        const { label, files: read } = readIso(writeIso({ label: 'cidata', files: map }), 'rock-ridge')
        expect(label).toBe('cidata')
        expect([...read.keys()].toSorted()).toEqual([...map.keys()].toSorted())
        for (const [key, content] of map) expect(read.get(key)?.equals(Buffer.from(content))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('gives each file one Joliet name', () => {
    fc.assert(
      fc.property(files, (map) => {
        expect(readIso(writeIso({ label: 'x', files: map }), 'joliet').files.size).toBe(map.size)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps plain names in Joliet', () => {
    const { files: read, label } = readIso(writeIso({ label: 'config-2', files: sample }), 'joliet')
    expect(label).toBe('config-2')
    expect(read.get('openstack/latest/user_data')?.toString()).toBe('#!/bin/sh\n')
    expect(read.get('ünïcode.txt')?.toString()).toBe('ü')
  })

  it('holds more entries than fit one sector, with long names', () => {
    const many = new Map(Array.from({ length: 300 }, (_, index) => [`${'n'.repeat(200)}-${index}`, String(index)]))
    const { files: read } = readIso(writeIso({ label: 'many', files: many }), 'rock-ridge')
    expect(new Map([...read].map(([key, content]) => [key, content.toString()]))).toEqual(many)
  })

  it('writes the same bytes whatever the order of the files', () => {
    const reversed = new Map([...sample].toReversed())
    expect(writeIso({ label: 'a', files: sample }).equals(writeIso({ label: 'a', files: reversed }))).toBe(true)
  })

  it.each(['', '/a', 'a//b', 'a/', '../a', 'a/./b', 'a\0', 'line\n', 'x'.repeat(256), '1/2/3/4/5/6/7/8'])(
    'refuses the path %j',
    (bad) => {
      const run = (): unknown => writeIso({ label: 'x', files: new Map([[bad, '']]) })
      expect(run).toThrow(expect.objectContaining({ code: 'InvalidArgument' }))
    },
  )

  it('refuses a path that is a file and a directory', () => {
    const both = new Map([
      ['a', ''],
      ['a/b', ''],
    ])
    expect(() => writeIso({ label: 'x', files: both })).toThrow(/is a file/)
  })

  it.each(['', 'x'.repeat(33), 'ü'])('refuses the label %j', (label) => {
    expect(() => writeIso({ label, files: sample })).toThrow(expect.objectContaining({ code: 'InvalidArgument' }))
  })

  it('refuses more bytes than the limit', () => {
    const run = (): unknown => writeIso({ label: 'x', files: new Map([['a', Buffer.alloc(100)]]), maxBytes: 99 })
    expect(run).toThrow(expect.objectContaining({ code: 'TooLarge' }))
  })
})

describe('tools of the system agree', () => {
  const directory = testDirectory()
  const run = async (command: string, args: string[]): Promise<string> =>
    (await runProcess({ command, args, purpose: 'reading an image', timeoutMs: 20_000 })).stdout

  it.skipIf(!existsSync('/usr/sbin/blkid'))('blkid finds the label', async () => {
    const image = join(directory, 'blkid.iso')
    await writeFile(image, writeIso({ label: 'config-2', files: sample }))
    expect(await run('blkid', ['-p', '-o', 'export', image])).toMatch(/^LABEL=config-2$/m)
  })

  it.skipIf(!existsSync('/usr/bin/isoinfo'))('isoinfo lists and reads the files', async () => {
    const image = join(directory, 'isoinfo.iso')
    await writeFile(image, writeIso({ label: 'cidata', files: sample }))
    const listed = (await run('isoinfo', ['-R', '-f', '-i', image])).trim().split('\n')
    for (const key of sample.keys()) expect(listed).toContain(`/${key}`)
    expect(await run('isoinfo', ['-R', '-i', image, '-x', '/openstack/latest/meta_data.json'])).toBe('{"a":1}')
    expect(await run('isoinfo', ['-J', '-i', image, '-x', '/openstack/latest/user_data'])).toBe('#!/bin/sh\n')
  })
})
