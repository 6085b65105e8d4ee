import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ImageCache } from './image-cache.ts'
import { withLock } from './lock.ts'
import { createImage } from './qemu-img.ts'
import { testDirectory } from './test-directory.testkit.ts'

const MiB = 1024 ** 2
const now = (): Date => new Date('2026-01-02T03:04:05Z')
const build = (path: string): Promise<void> => createImage({ path, format: 'qcow2', sizeBytes: 4 * MiB })

describe('ImageCache', () => {
  const root = testDirectory()

  it('builds once, lists, and removes', async () => {
    const cache = new ImageCache(join(root, 'basic'), now)
    expect(await cache.list()).toEqual([])
    const image = await cache.ensure({ name: 'debian-12', description: 'Debian 12', build })
    expect(image).toMatchObject({
      name: 'debian-12',
      virtualSizeBytes: 4 * MiB,
      createdAt: '2026-01-02T03:04:05.000Z',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const again = await cache.ensure({
      name: 'debian-12',
      description: '',
      build: () => Promise.reject(new Error('built')),
    })
    expect(again).toEqual(image)
    expect(await cache.list()).toEqual([image])
    expect(await cache.remove('debian-12')).toBe(true)
    expect(await cache.remove('debian-12')).toBe(false)
    expect(await cache.list()).toEqual([])
  })

  it('lets two builders of one image build it once', async () => {
    const directory = join(root, 'twice')
    let builds = 0
    const slow = async (path: string): Promise<void> => {
      builds++
      await build(path)
    }
    const request = { name: 'a', description: '', build: slow }
    const [one, two] = await Promise.all([
      new ImageCache(directory).ensure(request),
      new ImageCache(directory).ensure(request),
    ])
    expect(builds).toBe(1)
    expect(one).toEqual(two)
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('shows nothing of a failed build, and lets the next one try', async () => {
    const directory = join(root, 'fails')
    const cache = new ImageCache(directory)
    const failing = async (path: string): Promise<void> => {
      await writeFile(path, 'half')
      throw new Error('broken')
    }
    await expect(cache.ensure({ name: 'a', description: '', build: failing })).rejects.toThrow('broken')
    expect(await readdir(directory)).toEqual([])
    await cache.ensure({ name: 'a', description: '', build })
    expect(await cache.list()).toHaveLength(1)
  })

  it('refuses what is no qcow2 image', async () => {
    const cache = new ImageCache(join(root, 'not'))
    const text = (path: string): Promise<void> => writeFile(path, 'hello')
    await expect(cache.ensure({ name: 'a', description: '', build: text })).rejects.toMatchObject({
      code: 'ToolFailed',
    })
    expect(await cache.list()).toEqual([])
  })

  it('takes over from a killed builder', async () => {
    const directory = join(root, 'killed')
    await mkdir(join(directory, '.staging-a-00000000-0000-4000-8000-000000000000'), { recursive: true })
    // No process has this number.
    await writeFile(join(directory, '.a.lock'), '4194305 1 dead')
    await new ImageCache(directory).ensure({ name: 'a', description: '', build })
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('ignores an image whose file is cut off', async () => {
    const cache = new ImageCache(join(root, 'cut'))
    const { path } = await cache.ensure({ name: 'a', description: '', build })
    await writeFile(path, (await readFile(path)).subarray(0, 100))
    expect(await cache.get('a')).toBeUndefined()
    expect((await cache.ensure({ name: 'a', description: '', build })).bytes).toBeGreaterThan(100)
  })

  it.each(['', '..', '../x', 'a/b', 'A', '-x', 'x'.repeat(64), '.hidden'])('refuses the name %j', async (name) => {
    const cache = new ImageCache(root)
    for (const run of [cache.get(name), cache.remove(name), cache.ensure({ name, description: '', build })]) {
      await expect(run).rejects.toMatchObject({ code: 'InvalidArgument' })
    }
  })
})

describe('withLock', () => {
  const root = testDirectory()

  it('lets one in at a time', async () => {
    const path = join(root, 'lock')
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await readdir(root)
      inside--
    }
    await Promise.all([1, 2, 3].map(() => withLock({ path, what: 'the test' }, work)))
    expect(most).toBe(1)
    expect(await readdir(root)).toEqual([])
  })

  it('says who has it when it is not free in time, and can be cancelled', async () => {
    const path = join(root, 'held')
    await withLock({ path, what: 'outer' }, async () => {
      const second = withLock({ path, what: 'the image x', timeoutMs: 1 }, () => Promise.resolve())
      await expect(second).rejects.toMatchObject({
        code: 'Locked',
        message: expect.stringContaining(`process ${process.pid}`),
      })
      const third = withLock({ path, what: 'x', signal: AbortSignal.abort() }, () => Promise.resolve())
      await expect(third).rejects.toMatchObject({ code: 'Aborted' })
    })
  })
})
