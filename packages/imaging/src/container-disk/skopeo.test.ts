/** What skopeo pushes to Debian's registry: images of several architectures, and what a cache keeps of them. */

import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../oci/digest.ts'
import { imageOf, rawDisk, type TestImage } from '../oci/image.testkit.ts'
import { mediaTypes } from '../oci/manifest.ts'
import { noDebianRegistry, startDebianRegistry, type DebianRegistry } from '../registry/debian-registry.testkit.ts'
import { findProgram } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { ContainerImages } from './container-images.ts'

const run = promisify(execFile)
const missing = findProgram('skopeo') === undefined ? 'skopeo is not installed' : noDebianRegistry

describe.skipIf(missing !== undefined)(['images that skopeo pushed', missing ?? []].flat().join(': '), () => {
  const directory = testDirectory()
  let registry: DebianRegistry

  beforeAll(async () => {
    registry = await startDebianRegistry(join(directory, 'registry'))
  })
  afterAll(() => registry.stop())

  const imageFor = (mark: string): Promise<TestImage> =>
    imageOf([[{ name: 'disk/disk.img', type: 'file', content: rawDisk(mark) }]])

  /** An OCI layout of an index with an image for each architecture. */
  const layoutOf = async (images: Record<string, TestImage>): Promise<string> => {
    const folder = join(directory, 'layout')
    await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true })
    const put = async (digest: string, content: Buffer): Promise<void> =>
      writeFile(join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length)), content)
    const manifests: object[] = []
    for (const [architecture, image] of Object.entries(images)) {
      for (const [digest, content] of image.blobs) await put(digest, content)
      await put(image.digest, image.manifest)
      const platform = { os: 'linux', architecture }
      const common = { mediaType: mediaTypes.ociManifest, digest: image.digest }
      manifests.push({ ...common, size: image.manifest.length, platform })
    }
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }))
    await put(digestOf(index), index)
    const entry = { mediaType: mediaTypes.ociIndex, digest: digestOf(index), size: index.length }
    const annotations = { 'org.opencontainers.image.ref.name': 'all' }
    await writeFile(
      join(folder, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...entry, annotations }] }),
    )
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    return folder
  }

  it('give each architecture its disk, by tag and by digest, and each layer once', async () => {
    const layout = await layoutOf({ amd64: await imageFor('amd64'), arm64: await imageFor('arm64') })
    const name = `${registry.host}/team/disk`
    await run('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:all`, `docker://${name}:1`])
    const cache = new ContainerImages({ directory: join(directory, 'cache'), architecture: 'amd64' })
    const markOf = async (image: string, architecture?: string): Promise<string> => {
      const more = architecture === undefined ? {} : { architecture }
      const { files } = await cache.ensure({ image, policy: 'Always', content: { kind: 'disk' }, ...more })
      return (await readFile(files.get('disk')?.path ?? '')).toString('latin1').replaceAll('\0', '')
    }
    const before = registry.requests().length
    const digest = await cache.digest({ image: `${name}:1` })
    const marks = await Promise.all([
      ...Array.from({ length: 10 }, () => markOf(`${name}:1`)),
      markOf(`${name}:1`, 'arm64'),
      markOf(`${name}@${digest}`, 'arm64'),
    ])
    expect(marks).toEqual([...Array.from({ length: 10 }, () => 'amd64'), 'arm64', 'arm64'])
    const blobs = registry
      .requests()
      .slice(before)
      .filter((path) => path.includes('/blobs/'))
    expect(blobs).toHaveLength(2)
    await expect(markOf(`${name}:1`, 'riscv64')).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('no match for platform linux/riscv64'),
    })
    await cache.close()
  })

  it('come as archives of docker and of OCI too', async () => {
    const name = `${registry.host}/team/disk`
    for (const kind of ['docker-archive', 'oci-archive']) {
      const file = join(directory, `${kind}.tar`)
      const source = ['--src-tls-verify=false', '--override-arch', 'amd64', `docker://${name}:1`]
      await run('skopeo', ['copy', ...source, `${kind}:${file}:example.com/team/disk:1`])
      const images = new ContainerImages({ directory: join(directory, kind), architecture: 'amd64' })
      await images.load({ from: file, as: 'example.com/team/disk:1' })
      const content = { kind: 'disk' } as const
      const { files } = await images.ensure({ image: 'example.com/team/disk:1', policy: 'IfNotPresent', content })
      expect((await readFile(files.get('disk')?.path ?? '')).includes('amd64')).toBe(true)
      await images.close()
    }
  })
})
