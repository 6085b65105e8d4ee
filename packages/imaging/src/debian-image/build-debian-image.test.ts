import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ImageCache } from '../image-cache.ts'
import { convertImage, imageInfo } from '../qemu-img.ts'
import { runProcess } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { inspectUntrusted } from '../untrusted/inspect-untrusted.ts'
import { buildDebianImage } from './build-debian-image.ts'
import { packagesNeeded } from './packages-needed.ts'

// Building takes a minute and booting another; the end-to-end tests do both and leave the image here.
const cache = join(import.meta.dirname, '../../../../node_modules/.cache/berth/images')

describe('buildDebianImage', () => {
  it.each([0, 1, 2.5, 5000])('refuses a size of %d GiB', async (sizeGiB) => {
    const run = buildDebianImage({ release: 'bookworm', target: '/nonexistent/x', sizeGiB })
    await expect(run).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  it('names its packages once', () => {
    expect(new Set(packagesNeeded()).size).toBe(packagesNeeded().length)
    expect(packagesNeeded()).toContain('mmdebstrap')
  })
})

describe.skipIf(!existsSync(join(cache, 'debian-12')))('the cached Debian image', () => {
  const directory = testDirectory()

  it('is a self-contained qcow2 image of moderate size', async () => {
    const image = await new ImageCache(cache).get('debian-12')
    expect(image).toBeDefined()
    if (!image) return
    expect(image.bytes).toBeLessThan(450 * 1024 ** 2)
    expect(await inspectUntrusted(image.path)).toMatchObject({ format: 'qcow2' })
    expect(await imageInfo({ path: image.path, format: 'qcow2' })).toMatchObject({ dirty: false, corrupt: false })
  })

  it('has a boot sector, three partitions, and no identity', async () => {
    const image = await new ImageCache(cache).get('debian-12')
    const raw = join(directory, 'disk.raw')
    await convertImage({ source: { path: image?.path ?? '', format: 'qcow2' }, target: { path: raw, format: 'raw' } })
    const file = await open(raw)
    const head = Buffer.alloc(1024)
    await file.read(head, 0, head.length, 0)
    await file.close()
    expect(head.readUInt16LE(510)).toBe(0xaa55)
    expect(head.toString('latin1', 512, 520)).toBe('EFI PART')
    const read = async (command: string): Promise<string> => {
      // The root partition begins at 32 MiB.
      const args = ['-R', command, `${raw}?offset=33554432`]
      return (await runProcess({ command: 'debugfs', args, purpose: 'reading the image', timeoutMs: 30_000 })).stdout
    }
    expect(await read('ls -p /etc/ssh')).not.toContain('ssh_host_')
    expect(await read('ls -p /etc/apt/sources.list.d')).not.toContain('build.sources')
    expect(await read('stat /etc/machine-id')).toMatch(/Size: 0/)
    expect(await read('ls -p /root/.ssh')).not.toContain('authorized_keys')
  })
})
