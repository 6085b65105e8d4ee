import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { convertImage, createOverlay, imageInfo } from '../qemu-img.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { findProgram } from '../run-process.ts'
import { importImage } from './import-image.ts'
import { unpackingProgram } from './unpack.ts'

const run = promisify(execFile)
const MiB = 1024 ** 2
const size = 8 * MiB
const memory = '/dev/shm'

/** A disk whose content tells where it is. */
const disk = Buffer.alloc(size)
disk.writeUInt16LE(0xaa55, 510)
for (let at = MiB; at < 3 * MiB; at += 8) disk.writeBigUInt64LE(BigInt(at), at)
disk.write('the end', size - 7)

describe('importing images', () => {
  const directory = testDirectory()
  const scratch = join(directory, 'scratch')
  const raw = join(directory, 'disk.raw')
  let count = 0

  beforeAll(async () => {
    await mkdir(scratch)
    await writeFile(raw, disk)
  })

  const take = async (source: string, more: { sizeBytes?: number; format?: 'qcow2' | 'raw' } = {}): Promise<string> => {
    const path = join(directory, `target-${++count}`)
    const { sizeBytes = size, format = 'qcow2' } = more
    await importImage({ source, target: { path, format }, sizeBytes, scratch, what: 'the image of the test' })
    return path
  }
  const contentOf = async (path: string): Promise<Buffer> => {
    const plain = join(directory, `plain-${++count}`)
    await convertImage({ source: { path, format: 'qcow2' }, target: { path: plain, format: 'raw' } })
    return readFile(plain)
  }
  const made = async (name: string, args: string[]): Promise<string> => {
    const path = join(directory, name)
    await run('qemu-img', ['convert', '-f', 'raw', ...args, raw, path])
    return path
  }
  const leavesNothing = async (): Promise<void> => {
    expect(await readdir(scratch)).toEqual([])
    expect((await readdir(directory)).includes(`target-${count}`)).toBe(false)
  }

  it.each([
    ['raw', []],
    ['qcow2 of version 2', ['-O', 'qcow2', '-o', 'compat=0.10']],
    ['qcow2 of version 3', ['-O', 'qcow2']],
    ['compressed qcow2', ['-c', '-O', 'qcow2']],
    ['qcow2 compressed with zstd', ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd']],
    ['qcow2 with small clusters', ['-O', 'qcow2', '-o', 'cluster_size=512']],
    ['qcow2 with subclusters', ['-O', 'qcow2', '-o', 'extended_l2=on,cluster_size=128k']],
    ['sparse vmdk', ['-O', 'vmdk', '-o', 'subformat=monolithicSparse']],
    ['stream-optimized vmdk', ['-O', 'vmdk', '-o', 'subformat=streamOptimized']],
    ['dynamic vhd', ['-O', 'vpc', '-o', 'subformat=dynamic,force_size=on']],
    ['fixed vhd', ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on']],
    ['vhdx', ['-O', 'vhdx']],
    ['vdi', ['-O', 'vdi']],
  ])('takes %s, bit for bit', async (name, args) => {
    const source = name === 'raw' ? raw : await made(name.replaceAll(' ', '-'), args)
    const target = await take(source)
    expect((await contentOf(target)).equals(disk)).toBe(true)
    expect(await imageInfo({ path: target, format: 'qcow2' })).toMatchObject({ virtualSizeBytes: size })
    expect((await stat(target)).uid).toBe(process.getuid?.())
  })

  it.each([
    ['gzip', gzipSync(disk)],
    ['gzip in several members', Buffer.concat([gzipSync(disk.subarray(0, MiB)), gzipSync(disk.subarray(MiB))])],
    ['zstd', zstdCompressSync(disk)],
    [
      'zstd in several frames',
      Buffer.concat([zstdCompressSync(disk.subarray(0, MiB)), zstdCompressSync(disk.subarray(MiB))]),
    ],
  ])('takes %s, bit for bit', async (name, bytes) => {
    const source = join(directory, name.replaceAll(' ', '-'))
    await writeFile(source, bytes)
    expect((await contentOf(await take(source))).equals(disk)).toBe(true)
    expect(await readdir(scratch)).toEqual([])
  })

  it('takes xz, also of an image', async () => {
    const source = await made('inner.qcow2', ['-O', 'qcow2'])
    await run('xz', ['-k', source])
    expect((await contentOf(await take(`${source}.xz`))).equals(disk)).toBe(true)
  })

  it.runIf(process.getuid?.() === 0)('gives what unpacks it no rights, and no file but that one', async () => {
    const folder = join(directory, 'programs')
    await mkdir(folder)
    await chmod(directory, 0o755)
    const program = join(folder, 'xz')
    await writeFile(program, '#!/bin/sh\nid -u; id -G; grep CapEff /proc/self/status; cat\n')
    await chmod(program, 0o755)
    const source = join(directory, 'content')
    await writeFile(source, 'content', { mode: 0o600 })
    const { PATH } = process.env
    process.env['PATH'] = `${folder}:${PATH}`
    try {
      const { stdout, done } = unpackingProgram('xz', { source, what: 'it' })
      const [uid, groups, capabilities, content] = (await text(stdout)).split('\n')
      await done
      expect(Number(uid)).toBeGreaterThan(0)
      expect(groups).toBe(uid)
      expect(capabilities).toMatch(/^CapEff:\s0+$/)
      expect(content).toBe('content')
    } finally {
      process.env['PATH'] = PATH
    }
  })

  it('makes raw disks, and larger ones', async () => {
    const target = await take(raw, { format: 'raw', sizeBytes: 2 * size })
    const content = await readFile(target)
    expect(content.length).toBe(2 * size)
    expect(content.subarray(0, size).equals(disk)).toBe(true)
    expect(content.subarray(size).every((byte) => byte === 0)).toBe(true)
  })

  it('makes raw disks of exactly the size, also of one that is no whole number of blocks', async () => {
    const target = await take(raw, { format: 'raw', sizeBytes: size + 512 })
    const content = await readFile(target)
    expect(content.length).toBe(size + 512)
    expect(content.subarray(0, size).equals(disk)).toBe(true)
  })

  it.each([
    ['qcow2', ['-O', 'qcow2']],
    ['compressed qcow2', ['-c', '-O', 'qcow2']],
    ['vdi', ['-O', 'vdi']],
    ['sparse vmdk', ['-O', 'vmdk']],
    ['dynamic vhd', ['-O', 'vpc', '-o', 'force_size=on']],
    ['vhdx', ['-O', 'vhdx']],
  ])('refuses %s that is cut off', async (name, args) => {
    const source = await made(`cut-${name.replaceAll(' ', '-')}`, args)
    const { size: whole } = await stat(source)
    await truncate(source, Math.floor((whole * 2) / 3))
    await expect(take(source)).rejects.toMatchObject({ message: expect.not.stringContaining(directory) })
    await leavesNothing()
  })

  it.each([
    ['gzip', gzipSync(disk).subarray(0, 5000)],
    ['zstd', zstdCompressSync(disk).subarray(0, 5000)],
  ])('refuses %s that is cut off', async (name, bytes) => {
    const source = join(directory, `cut-${name}`)
    await writeFile(source, bytes)
    await expect(take(source)).rejects.toMatchObject({
      code: 'CorruptData',
      message: expect.stringContaining('the image of the test'),
    })
    await leavesNothing()
  })

  it('refuses what unpacks without end', async () => {
    const source = join(directory, 'bomb.gz')
    await writeFile(source, gzipSync(Buffer.alloc(600 * MiB)))
    await expect(take(source, { sizeBytes: MiB })).rejects.toMatchObject({ code: 'TooLarge' })
    await leavesNothing()
  })

  it('refuses a disk that is larger than was asked for, and says how large it is', async () => {
    await expect(take(raw, { sizeBytes: 4 * MiB })).rejects.toMatchObject({
      code: 'TooLarge',
      message: expect.stringContaining(String(size)),
      remedy: expect.stringContaining('8Mi'),
    })
    await leavesNothing()
  })

  it('refuses an image that lies on another, also when it is compressed', async () => {
    const overlay = join(directory, 'overlay.qcow2')
    await createOverlay({ path: overlay, backing: { path: raw, format: 'raw' } })
    const packed = join(directory, 'overlay.qcow2.gz')
    await writeFile(packed, gzipSync(await readFile(overlay)))
    for (const source of [overlay, packed]) {
      await expect(take(source)).rejects.toMatchObject({
        code: 'HostileImage',
        message: expect.not.stringContaining(scratch),
      })
      await leavesNothing()
    }
  })

  it.runIf(existsSync(memory))('makes disks in a file system of memory', async () => {
    const folder = await mkdtemp(join(memory, 'berth-import-'))
    try {
      const target = { path: join(folder, 'disk.raw'), format: 'raw' as const }
      await importImage({ source: raw, target, sizeBytes: size, scratch, what: 'x' })
      expect((await readFile(target.path)).equals(disk)).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('stops when cancelled, and keeps nothing', async () => {
    const stopping = new AbortController()
    const path = join(directory, `target-${++count}`)
    const request = { source: raw, target: { path, format: 'qcow2' as const }, sizeBytes: size, scratch, what: 'x' }
    const importing = importImage({ ...request, signal: stopping.signal })
    stopping.abort()
    await expect(importing).rejects.toMatchObject({ code: 'Aborted' })
    await leavesNothing()
  })
})

describe('a converter that dies', () => {
  const directory = testDirectory()
  const path = process.env['PATH']
  afterEach(() => {
    process.env['PATH'] = path
  })

  it('leaves nothing, and the next try does', async () => {
    const real = findProgram('qemu-img') ?? ''
    const programs = join(directory, 'programs')
    const scratch = join(directory, 'scratch')
    const source = join(directory, 'source')
    const target = { path: join(directory, 'target'), format: 'qcow2' as const }
    await mkdir(programs)
    await mkdir(scratch)
    await writeFile(source, disk)
    const once = `#!/bin/sh\n[ "$1" != convert ] || [ -e ${directory}/died ] || { : > ${directory}/died; kill -9 $$; }\nexec ${real} "$@"\n`
    await writeFile(join(programs, 'qemu-img'), once, { mode: 0o755 })
    // The unprivileged user of the conversion goes through here to the program, and writes down that it died.
    for (const folder of [directory, programs]) await chmod(folder, 0o777)
    process.env['PATH'] = `${programs}:${path ?? ''}`
    const request = { source, target, sizeBytes: size, scratch, what: 'the image' }
    await expect(importImage(request)).rejects.toMatchObject({
      code: 'ToolFailed',
      message: expect.stringContaining('SIGKILL'),
    })
    expect(await readdir(scratch)).toEqual([])
    expect(await readdir(directory)).not.toContain('target')
    await importImage(request)
    expect(await imageInfo({ path: target.path, format: 'qcow2' })).toMatchObject({ virtualSizeBytes: size })
  })
})
