import { link, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ImagingError } from '../errors.ts'
import { digestOf } from '../oci/digest.ts'
import { imageOf, imageOfLayers, rawDisk, tarOf, type TestEntry, type TestImage } from '../oci/image.testkit.ts'
import { mediaTypes } from '../oci/manifest.ts'
import { noDebianRegistry, startDebianRegistry, type DebianRegistry } from '../registry/debian-registry.testkit.ts'
import { parseDockerConfig } from '../registry/credentials.ts'
import { runProcess } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { ContainerImages, type ContainerImagesOptions, type ImageRequest } from './container-images.ts'

const disk = { kind: 'disk' } as const
const backoff = { initialMs: 1, maxMs: 1 }

const directory = testDirectory()
let stores = 0
const store = (options: Partial<ContainerImagesOptions> = {}): ContainerImages =>
  new ContainerImages({
    directory: join(directory, `store-${++stores}`),
    architecture: 'amd64',
    retries: 1,
    backoff,
    ...options,
  })

const ensure = (images: ContainerImages, image: string, more: Partial<ImageRequest> = {}) =>
  images.ensure({ image, policy: 'IfNotPresent', content: disk, ...more })

/** A layout directory with these images, by name. */
async function layout(images: Record<string, TestImage>, extra: Record<string, Buffer> = {}): Promise<string> {
  const path = join(directory, `layout-${++stores}`)
  await mkdir(join(path, 'blobs/sha256'), { recursive: true })
  const write = (digest: string, content: Buffer): Promise<void> =>
    writeFile(join(path, 'blobs', digest.replace(':', '/')), content)
  const manifests = []
  for (const [name, image] of Object.entries(images)) {
    await write(image.digest, image.manifest)
    for (const [digest, content] of image.blobs) await write(digest, content)
    manifests.push({
      mediaType: mediaTypes.ociManifest,
      digest: image.digest,
      size: image.manifest.length,
      annotations: { 'org.opencontainers.image.ref.name': name },
    })
  }
  for (const [digest, content] of Object.entries(extra)) await write(digest, content)
  await writeFile(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  return path
}

async function loaded(entries: TestEntry[][], compression?: 'plain' | 'gzip' | 'zstd'): Promise<ContainerImages> {
  const images = store()
  await images.load({ from: await layout({ 'example.com/a:1': await imageOf(entries, compression) }) })
  return images
}

describe('container images from files', () => {
  it.each(['plain', 'gzip', 'zstd'] as const)('unpacks the one disk, layers %s', async (compression) => {
    const content = rawDisk('one', 1024 * 1024)
    const images = await loaded(
      [[{ name: 'disk/', type: 'directory' }], [{ name: './disk/a.img', content }]],
      compression,
    )
    const { files, name, pulledBytes } = await ensure(images, 'example.com/a:1', { policy: 'Never' })
    expect([...files]).toEqual([['disk', expect.objectContaining({ format: 'raw', bytes: content.length })]])
    expect((await readFile(files.get('disk')?.path ?? '')).equals(content)).toBe(true)
    // Mostly zeros, which take no room.
    expect((await stat(files.get('disk')?.path ?? '')).blocks * 512).toBeLessThan(content.length)
    expect({ name, pulledBytes }).toEqual({ name: 'example.com/a:1', pulledBytes: 0 })
  })

  it('takes the disk that later layers leave, behind links as well', async () => {
    const images = await loaded([
      [
        { name: 'disk/old', content: rawDisk('old') },
        { name: 'images/real', content: rawDisk('real') },
      ],
      [{ name: 'disk/.wh.old' }, { name: 'disk/new', type: 'symlink', linkname: '/images/real' }],
    ])
    const { files } = await ensure(images, 'example.com/a:1')
    expect((await readFile(files.get('disk')?.path ?? '')).includes('real')).toBe(true)
  })

  it('takes a kernel and its RAM disk, and a disk at a path', async () => {
    const images = await loaded([
      [
        { name: 'boot/vmlinuz', content: 'kernel' },
        { name: 'boot/initrd', content: 'initrd' },
        { name: 'a/b.img', content: rawDisk('b') },
      ],
    ])
    const kernel = { kind: 'kernel', kernelPath: '/boot/vmlinuz', initrdPath: '/boot/initrd' } as const
    const { files } = await ensure(images, 'example.com/a:1', { content: kernel })
    expect(await readFile(files.get('kernel')?.path ?? '', 'utf8')).toBe('kernel')
    expect(await readFile(files.get('initrd')?.path ?? '', 'utf8')).toBe('initrd')
    const other = await ensure(images, 'example.com/a:1', { content: { kind: 'disk', path: '/a/b.img' } })
    expect((await readFile(other.files.get('disk')?.path ?? '')).includes('b')).toBe(true)
  })

  it.each<[string, TestEntry[], string, string]>([
    ['no folder', [{ name: 'x' }], 'UnknownFormat', 'failed to check default image path /disk'],
    [
      'an empty folder',
      [{ name: 'disk', type: 'directory' }],
      'UnknownFormat',
      'no file found in folder /disk, no disk present',
    ],
    [
      'two files',
      [{ name: 'disk/a' }, { name: 'disk/b' }],
      'UnknownFormat',
      'more than one file found in folder /disk, only one disk is allowed',
    ],
    ['a folder for a disk', [{ name: 'disk/a/b' }], 'UnknownFormat', '"/disk/a" is no file in the image'],
    ['a device for a disk', [{ name: 'disk/a', type: 'fifo' }], 'UnknownFormat', '"/disk/a" is no file in the image'],
    ['a path out of the image', [{ name: '../../etc/passwd' }], 'HostileImage', 'leads out of it'],
    [
      'a link to a file of the host',
      [{ name: 'disk/a', type: 'symlink', linkname: '/etc/passwd' }],
      'UnknownFormat',
      'not there',
    ],
    ['a text', [{ name: 'disk/a', content: 'hello'.repeat(500) }], 'UnknownFormat', 'the disk of example.com/a:1'],
    [
      'a disk on top of a file of the host',
      [{ name: 'disk/a', content: backedQcow2() }],
      'HostileImage',
      'the disk of example.com/a:1',
    ],
  ])('refuses an image with %s', async (_what, entries, code, message) => {
    const images = await loaded([entries])
    await expect(ensure(images, 'example.com/a:1')).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }),
    )
  })

  it('ends with an image that unpacks to more than it may', async () => {
    const images = store({ maxUnpackedBytes: 100_000 })
    const bomb = imageOfLayers([gzipSync(await tarOf([{ name: 'x', content: Buffer.alloc(1_000_000) }]))])
    await images.load({ from: await layout({ 'example.com/a:1': bomb }) })
    await expect(ensure(images, 'example.com/a:1')).rejects.toMatchObject({ code: 'TooLarge' })
  })

  it.each<[string, Buffer]>([
    ['no archive', Buffer.from('nothing of the kind, but long enough to be read as something'.repeat(20))],
    ['cut off', gzipSync(Buffer.alloc(5000, 1)).subarray(0, 20)],
  ])('says so when a layer is %s', async (_what, layer) => {
    const images = store()
    await images.load({ from: await layout({ 'example.com/a:1': imageOfLayers([layer]) }) })
    await expect(ensure(images, 'example.com/a:1')).rejects.toMatchObject({ code: 'CorruptData' })
  })

  it('refuses a layout whose content is not what its names promise, and one that lacks a layer', async () => {
    const good = await imageOf([[{ name: 'disk/a', content: rawDisk('a') }]])
    const [layer = ''] = [...good.blobs.keys()].slice(1)
    const changed = await layout({ 'example.com/a:1': good }, { [layer]: Buffer.from('other') })
    await expect(store().load({ from: changed })).rejects.toMatchObject({ code: 'ChecksumMismatch' })
    good.blobs.delete(layer)
    await expect(store().load({ from: await layout({ 'example.com/a:1': good }) })).rejects.toMatchObject({
      code: 'NotFound',
    })
  })

  it('loads archives: of a layout, and as docker writes them', async () => {
    const image = await imageOf([[{ name: 'disk/a', content: rawDisk('a') }]])
    const index = {
      schemaVersion: 2,
      manifests: [{ mediaType: mediaTypes.ociManifest, digest: image.digest, size: image.manifest.length }],
    }
    const layer = await tarOf([{ name: 'disk/a', content: rawDisk('docker') }])
    const id = digestOf(layer).slice(7)
    const archives: [string, TestEntry[], string | undefined][] = [
      [
        'oci.tar',
        [
          { name: 'index.json', content: JSON.stringify(index) },
          { name: `blobs/${image.digest.replace(':', '/')}`, content: image.manifest },
          ...[...image.blobs].map(([digest, content]) => ({ name: `blobs/${digest.replace(':', '/')}`, content })),
        ],
        'example.com/oci:1',
      ],
      [
        'docker.tar',
        [
          { name: `${id}/layer.tar`, content: layer },
          { name: `${'b'.repeat(64)}/layer.tar`, type: 'symlink', linkname: `../${id}/layer.tar` },
          { name: `${id}.json`, content: '{}' },
          {
            name: 'manifest.json',
            content: JSON.stringify([
              {
                Config: `${id}.json`,
                RepoTags: ['docker:1', 'docker:2'],
                Layers: [`${id}/layer.tar`, `${'b'.repeat(64)}/layer.tar`],
              },
            ]),
          },
        ],
        undefined,
      ],
    ]
    const images = store()
    for (const [file, entries, as] of archives) {
      const from = join(directory, file)
      await writeFile(from, gzipSync(await tarOf(entries)))
      await images.load({ from, ...(as === undefined ? {} : { as }) })
    }
    expect((await images.list()).map(({ name, source }) => `${name} ${source}`)).toEqual([
      'docker.io/library/docker:1 load',
      'docker.io/library/docker:2 load',
      'example.com/oci:1 load',
    ])
    const { files } = await ensure(images, 'docker:2', { policy: 'Never' })
    expect((await readFile(files.get('disk')?.path ?? '')).includes('docker')).toBe(true)
    await expect(images.load({ from: join(directory, 'oci.tar') })).rejects.toMatchObject({
      code: 'InvalidArgument',
      remedy: expect.stringContaining('--as') as unknown,
    })
    expect(await images.remove('docker:1')).toBe(true)
    expect(await images.remove('docker:1')).toBe(false)
  })

  it('forgets what was used longest ago, but not what is loaded, in use or just asked for', async () => {
    let now = Date.now()
    const images = store({ maxCacheBytes: 1, now: () => new Date(now) })
    const where = join(directory, `store-${stores}`)
    const image = await imageOf([[{ name: 'disk/a', content: rawDisk('a') }]])
    await images.load({ from: await layout({ 'example.com/a:1': image }) })
    const path = async (): Promise<string> => (await ensure(images, 'example.com/a:1')).files.get('disk')?.path ?? ''
    const contents = (): Promise<string[]> => readdir(join(where, 'contents'))
    const first = await path()
    await images.collectGarbage()
    expect(await contents()).toHaveLength(1)
    now += 3600_000
    await images.collectGarbage()
    expect(await contents()).toEqual([])
    await expect(stat(first)).rejects.toMatchObject({ code: 'ENOENT' })
    await link(await path(), join(where, 'in-use'))
    now += 3600_000
    await images.collectGarbage()
    expect(await contents()).toHaveLength(1)
    expect(await images.has({ image: 'example.com/a:1', content: { kind: 'disk', path: '/other' } })).toBe(true)
    // Without a name nothing leads to the layers any more.
    await images.remove('example.com/a:1')
    now += 7200_000
    await images.collectGarbage()
    expect(await readdir(join(where, 'blobs/sha256'))).toEqual([])
    await images.close()
  })

  it('removes what a killed engine was unpacking', async () => {
    const images = await loaded([[{ name: 'disk/a', content: rawDisk('a') }]])
    const contents = join(directory, `store-${stores - 1}`, 'contents')
    await mkdir(join(contents, '.staging-x'), { recursive: true })
    await ensure(images, 'example.com/a:1')
    expect((await readdir(contents)).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe.skipIf(noDebianRegistry)(
  ['container images from a registry', noDebianRegistry ?? []].flat().join(': '),
  () => {
    let registry: DebianRegistry
    let locked: DebianRegistry
    beforeAll(async () => {
      registry = await startDebianRegistry(join(directory, 'registry'))
      locked = await startDebianRegistry(join(directory, 'locked'), { password: true })
    })
    afterAll(async () => {
      await registry.stop()
      await locked.stop()
    })
    const asked = (pattern: RegExp): number => registry.requests().filter((uri) => pattern.test(uri)).length

    it('pulls once for all who ask at the same time, and not again', async () => {
      await registry.push('team/many', '1', await imageOf([[{ name: 'disk/a', content: rawDisk('a', 300_000) }]]))
      const images = store()
      const image = `${registry.host}/team/many:1`
      const all = await Promise.all(Array.from({ length: 20 }, () => ensure(images, image)))
      expect(new Set(all.map(({ files }) => files.get('disk')?.path)).size).toBe(1)
      expect(asked(/team\/many\/manifests/)).toBe(1)
      expect(asked(/team\/many\/blobs/)).toBe(1)
      expect((await ensure(images, image)).pulledBytes).toBe(0)
      expect(asked(/team\/many/)).toBe(2)
    })

    it('follows a tag that moves only with policy Always', async () => {
      const images = store()
      const image = `${registry.host}/team/moving:1`
      const mark = async (policy: ImageRequest['policy']): Promise<string> => {
        const { files } = await ensure(images, image, { policy })
        return (await readFile(files.get('disk')?.path ?? '')).toString('latin1').replaceAll('\0', '')
      }
      await registry.push('team/moving', '1', await imageOf([[{ name: 'disk/a', content: rawDisk('first') }]]))
      expect(await mark('Always')).toBe('first')
      await registry.push('team/moving', '1', await imageOf([[{ name: 'disk/a', content: rawDisk('second') }]]))
      expect(await mark('IfNotPresent')).toBe('first')
      expect(await mark('Never')).toBe('first')
      expect(await mark('Always')).toBe('second')
    })

    it('takes the image for its architecture out of an index, and images by digest', async () => {
      const wanted = await imageOf([[{ name: 'disk/a', content: rawDisk('wanted') }]])
      const other = await imageOf([[{ name: 'disk/a', content: rawDisk('other') }]])
      await registry.push('team/multi', 'wanted', wanted)
      await registry.push('team/multi', 'other', other)
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.dockerIndex,
          manifests: [[other, 'arm64'] as const, [wanted, 'amd64'] as const].map(
            ([{ digest, manifest }, architecture]) => ({
              mediaType: mediaTypes.ociManifest,
              digest,
              size: manifest.length,
              platform: { os: 'linux', architecture },
            }),
          ),
        }),
      )
      await registry.pushManifest('team/multi', 'all', mediaTypes.dockerIndex, index)
      for (const image of [`${registry.host}/team/multi:all`, `${registry.host}/team/multi@${digestOf(index)}`]) {
        const { files, digest } = await ensure(store(), image)
        expect(digest).toBe(wanted.digest)
        expect((await readFile(files.get('disk')?.path ?? '')).includes('wanted')).toBe(true)
      }
      await expect(ensure(store({ architecture: 's390x' }), `${registry.host}/team/multi:all`)).rejects.toMatchObject({
        code: 'NotFound',
      })
    })

    it('signs in with the secret that is for the registry', async () => {
      await locked.push('team/secret', '1', await imageOf([[{ name: 'disk/a', content: rawDisk('a') }]]))
      const image = `${locked.host}/team/secret:1`
      const logins = (password: string) =>
        parseDockerConfig(JSON.stringify({ auths: { [locked.host]: { username: 'berth', password } } }))
      await expect(ensure(store(), image)).rejects.toMatchObject({ code: 'Refused' })
      await expect(ensure(store(), image, { logins: logins('wrong') })).rejects.toMatchObject({ code: 'Refused' })
      const images = store()
      const [refused, allowed] = await Promise.allSettled([
        ensure(images, image, { policy: 'Always' }),
        ensure(images, image, { policy: 'Always', logins: logins('secret') }),
      ])
      expect([refused?.status, allowed?.status]).toEqual(['rejected', 'fulfilled'])
    })

    it('reads over TLS when the certificate is from an authority it is told of, and not otherwise', async () => {
      await registry.push('team/tls', '1', await imageOf([[{ name: 'disk/a', content: rawDisk('a') }]]))
      const [certificate, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
      const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
      const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      await runProcess({
        command: 'openssl',
        args: ['req', ...kind, ...subject, '-keyout', key, '-out', certificate],
        purpose: 'making a certificate',
        timeoutMs: 60_000,
      })
      const secure = await startDebianRegistry(join(directory, 'secure'), {
        tls: { certificate, key },
        like: join(directory, 'registry'),
      })
      try {
        const image = `${secure.host}/team/tls:1`
        const ca = await readFile(certificate, 'utf8')
        expect((await ensure(store({ registries: { ca } }), image)).pulledBytes).toBeGreaterThan(0)
        await expect(ensure(store({ registries: { ca: '' } }), image)).rejects.toMatchObject({ code: 'Refused' })
        // Without a word about it, a registry of this computer is asked in the clear, which this one does not understand.
        await expect(ensure(store(), image)).rejects.toMatchObject({ code: 'Refused' })
      } finally {
        await secure.stop()
      }
    })

    it('says what is not there, and never asks with policy Never', async () => {
      await expect(ensure(store(), `${registry.host}/team/none:1`)).rejects.toMatchObject({
        code: 'NotFound',
        message: `${registry.host}/team/none:1: not found`,
      })
      await expect(ensure(store(), `${registry.host}/team/never:1`, { policy: 'Never' })).rejects.toMatchObject({
        message: `Container image "${registry.host}/team/never:1" is not present with pull policy of Never`,
      })
      expect(asked(/team\/never/)).toBe(0)
      const error = await ensure(store(), '127.0.0.1:1/a').catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(ImagingError)
      expect(error).toMatchObject({ code: 'NetworkFailed' })
    })
  },
)

/** A header that is all it takes to read a file of the host. */
function backedQcow2(): Buffer {
  const header = Buffer.alloc(65536)
  header.write('QFI\xfb', 'latin1')
  header.writeUInt32BE(3, 4)
  header.writeBigUInt64BE(512n, 8)
  header.writeUInt32BE(11, 16)
  header.writeUInt32BE(16, 20)
  header.writeBigUInt64BE(1024n * 1024n, 24)
  header.write('/etc/passwd', 512)
  return header
}
