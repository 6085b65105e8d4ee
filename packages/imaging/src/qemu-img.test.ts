import { readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { safeImagePath } from './image-path.ts'
import {
  checkImage,
  convertImage,
  createImage,
  createOverlay,
  imageInfo,
  parseProgress,
  resizeImage,
} from './qemu-img.ts'
import { parseImageInfo } from './qemu-img-info.ts'
import { testDirectory } from './test-directory.testkit.ts'

const MiB = 1024 ** 2

describe('qemu-img', () => {
  const directory = testDirectory()
  const at = (name: string): string => join(directory, name)

  it('creates, describes, grows and checks an image', async () => {
    const path = at('a.qcow2')
    await createImage({ path, format: 'qcow2', sizeBytes: 5 * MiB })
    await resizeImage({ path, format: 'qcow2', sizeBytes: 9 * MiB })
    expect(await imageInfo({ path, format: 'qcow2' })).toMatchObject({
      format: 'qcow2',
      virtualSizeBytes: 9 * MiB,
      encrypted: false,
      dirty: false,
      corrupt: false,
      snapshots: 0,
    })
    expect(await checkImage({ path })).toMatchObject({ state: 'clean' })
  })

  it('refuses to cut data off unless asked', async () => {
    const path = at('shrink.raw')
    await createImage({ path, format: 'raw', sizeBytes: 4 * MiB })
    const shrink = { path, format: 'raw', sizeBytes: 2 * MiB } as const
    await expect(resizeImage(shrink)).rejects.toMatchObject({ code: 'InvalidArgument' })
    await resizeImage({ ...shrink, shrink: true })
    expect((await stat(path)).size).toBe(2 * MiB)
  })

  it('makes an overlay on a backing image with its format written down', async () => {
    const backing = { path: at('base.raw'), format: 'raw' } as const
    await createImage({ ...backing, sizeBytes: 2 * MiB })
    await createOverlay({ path: at('overlay.qcow2'), backing, sizeBytes: 3 * MiB })
    expect(await imageInfo({ path: at('overlay.qcow2'), format: 'qcow2' })).toMatchObject({
      backingFile: backing.path,
      backingFormat: 'raw',
      virtualSizeBytes: 3 * MiB,
    })
  })

  it.each(['--help', '-o backing_file=x', 'a,b=c', 'json:{}', 'nbd:x', 'ü name', "quote'"])(
    'takes the file name %j as nothing but a name',
    async (name) => {
      const path = at(name)
      await createImage({ path, format: 'qcow2', sizeBytes: MiB })
      await convertImage({ source: { path, format: 'qcow2' }, target: { path: `${path}.raw`, format: 'raw' } })
      expect((await stat(`${path}.raw`)).size).toBe(MiB)
    },
  )

  it('converts with progress, and the target is complete or absent', async () => {
    const source = { path: at('source.raw'), format: 'raw' } as const
    await writeFile(source.path, Buffer.alloc(3 * MiB, 7))
    const seen: number[] = []
    const target = { path: at('target.qcow2'), format: 'qcow2', compress: true } as const
    await convertImage({ source, target, onProgress: ({ done }) => seen.push(done ?? -1) })
    expect(seen.at(-1)).toBe(100)
    expect((await stat(target.path)).size).toBeLessThan(MiB)
    expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('leaves nothing behind when a conversion fails or is cancelled', async () => {
    const path = at('not.qcow2')
    await writeFile(path, 'this is no qcow2 image')
    const target = { path: at('never.raw'), format: 'raw' } as const
    await expect(convertImage({ source: { path, format: 'qcow2' }, target })).rejects.toMatchObject({
      code: 'ToolFailed',
    })
    const signal = AbortSignal.abort()
    await expect(convertImage({ source: { path, format: 'raw' }, target, signal })).rejects.toMatchObject({
      code: 'Aborted',
    })
    expect((await readdir(directory)).filter((name) => name.startsWith('never'))).toEqual([])
  })

  it('never overwrites, not even what a dangling link points to', async () => {
    const path = at('taken.raw')
    await symlink(at('elsewhere'), path)
    await expect(createImage({ path, format: 'raw', sizeBytes: MiB })).rejects.toMatchObject({ code: 'AlreadyExists' })
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the size %d', async (sizeBytes) => {
    const run = createImage({ path: at('size'), format: 'raw', sizeBytes })
    await expect(run).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  it('says which image is not there', async () => {
    await expect(imageInfo({ path: at('nothing'), format: 'raw' })).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining(at('nothing')),
    })
  })

  it('finds corruption', async () => {
    const path = at('corrupt.qcow2')
    await createImage({ path, format: 'qcow2', sizeBytes: MiB })
    const { open } = await import('node:fs/promises')
    const file = await open(path, 'r+')
    // The reference count table's first entry, cleared: every cluster is in use and counted as free.
    await file.write(Buffer.alloc(8), 0, 8, 65536)
    await file.close()
    expect(await checkImage({ path })).toMatchObject({ state: 'corrupt' })
  })
})

describe('safeImagePath', () => {
  it.each(['', 'json:{"driver":"nbd"}', 'nbd:localhost:1', 'http://host/x', 'a\0b', 'line\nbreak'])(
    'refuses %j',
    (path) => {
      expect(() => safeImagePath(path)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }))
    },
  )

  it('makes paths absolute', () => {
    expect(safeImagePath('--help')).toMatch(/^\/.*\/--help$/)
  })
})

describe('parseProgress', () => {
  it.each([
    ['    (12.50/100%)', 12.5],
    ['(100.00/100%)', 100],
    ['qemu-img: nothing', undefined],
  ])('%j is %j', (line, expected) => {
    expect(parseProgress(line)).toBe(expected)
  })
})

describe('parseImageInfo', () => {
  it.each(['', '[]', '{}', '{"format":"raw"}', 'null'])('refuses %j', (text) => {
    expect(() => parseImageInfo('/x', text)).toThrow(expect.objectContaining({ code: 'CorruptData' }))
  })
})
