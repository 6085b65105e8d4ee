import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataVolumes, type DataVolume } from '@berth/api'
import { imageInfo } from '@berth/imaging'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { dataVolumeOf, machineOf } from '../../testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { volumeNameFor } from '../claim-volume.ts'

const mebibyte = 1024 ** 2
const disk = Buffer.alloc(4 * mebibyte)
disk.writeUInt16LE(0xaa55, 510)
disk.write('uploaded', mebibyte)

const target = { namespace, name: 'disk' }

async function* chunks(content: Buffer, end?: Error): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000)
  if (end !== undefined) throw end
}

const phase = (cluster: TestEngine, wanted: string): Promise<DataVolume> =>
  until(
    `it is ${wanted}`,
    () => cluster.find(dataVolumes, 'disk'),
    (found) => found?.status?.phase === wanted,
  )

const claimOf = async (cluster: TestEngine): Promise<PersistentVolumeClaim> =>
  cluster.client.get(persistentVolumeClaims, target)

describe('uploads', () => {
  it('into a DataVolume go from ready to succeeded, in CDI’s words', async () => {
    await using cluster = await TestEngine.start()
    const { uploads, volumes } = cluster.engine.services
    expect(await uploads.state(target)).toBe('notReady')
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
    await phase(cluster, 'UploadReady')
    expect((await claimOf(cluster)).metadata.annotations).toMatchObject({
      'cdi.kubevirt.io/storage.upload.target': '',
      'cdi.kubevirt.io/storage.pod.phase': 'Running',
      'cdi.kubevirt.io/storage.pod.ready': 'true',
    })
    const { done } = await uploads.accept(target, chunks(disk), { bytes: disk.length })
    await done
    const { status } = await phase(cluster, 'Succeeded')
    expect(status?.progress).toBe('100.0%')
    await until(
      'the claim says so',
      () => claimOf(cluster),
      ({ metadata }) => metadata.annotations?.['cdi.kubevirt.io/storage.pod.phase'] === 'Succeeded',
    )
    const { path } = await volumes.images(volumeNameFor(await claimOf(cluster)))
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(16 * mebibyte)
    expect(await uploads.state(target)).toBe('done')
    await expect(uploads.accept(target, chunks(disk))).rejects.toMatchObject({ code: 'UploadDone' })
    await expect.poll(() => readdir(cluster.engine.paths.imports)).toEqual([])
    expect(await cluster.events('disk')).toEqual(
      expect.arrayContaining([
        'UploadReady: Upload into disk ready',
        'UploadSucceeded: Successfully uploaded into disk',
      ]),
    )
  })

  it('into a claim of its own work the same', async () => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    await cluster.client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...target, annotations: { 'cdi.kubevirt.io/storage.upload.target': '' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
    })
    await expect.poll(() => uploads.state(target)).toBe('ready')
    await (
      await uploads.accept(target, chunks(disk))
    ).done
    await until(
      'it is bound',
      () => claimOf(cluster),
      ({ status }) => status?.phase === 'Bound',
    )
  })

  it('whose senders are silent end with their claim, and with the engine', async () => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield disk
      await new Promise(() => {})
    }
    const ends = async (name: string, end: () => Promise<unknown>): Promise<void> => {
      await cluster.client.create(dataVolumes, dataVolumeOf(name, { source: { upload: {} } }))
      await until(
        'it is ready',
        () => cluster.find(dataVolumes, name),
        (found) => found?.status?.phase === 'UploadReady',
      )
      const sending = uploads.accept({ namespace, name }, silent())
      await expect.poll(() => uploads.state({ namespace, name })).toBe('busy')
      await Promise.all([expect(sending).rejects.toMatchObject({ code: 'Aborted' }), end()])
    }
    await ends('first', () => cluster.client.delete(dataVolumes, { namespace, name: 'first' }))
    await expect.poll(() => readdir(cluster.engine.paths.imports)).toEqual([])
    await ends('second', () => cluster.engine.close())
  })

  describe('into a claim that has had its volume before', () => {
    /** As `virtctl image-upload pvc NAME --no-create` finds it, and asks for the upload. */
    async function claimWith(cluster: TestEngine, storageClassName: string): Promise<string> {
      await cluster.client.create(persistentVolumeClaims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { ...target },
        spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
      })
      const bound = await until(
        'it is bound',
        () => claimOf(cluster),
        ({ status }) => status?.phase === 'Bound',
      )
      return volumeNameFor(bound)
    }

    async function askFor(cluster: TestEngine): Promise<void> {
      const patch = { metadata: { annotations: { 'cdi.kubevirt.io/storage.upload.target': '' } } }
      await cluster.client.patch(persistentVolumeClaims, target, { type: 'merge', patch })
      await until(
        'the client sees that it may send',
        () => claimOf(cluster),
        ({ metadata }) => metadata.annotations?.['cdi.kubevirt.io/storage.pod.ready'] === 'true',
      )
    }

    const succeeds = (cluster: TestEngine): Promise<PersistentVolumeClaim> =>
      until(
        'it says so',
        () => claimOf(cluster),
        ({ metadata }) => metadata.annotations?.['cdi.kubevirt.io/storage.pod.phase'] === 'Succeeded',
      )

    const contentIn = async (cluster: TestEngine, volume: string): Promise<Buffer> =>
      contentOf(await cluster.engine.services.volumes.images(volume))

    const wanted = Buffer.concat([disk, Buffer.alloc(12 * mebibyte)])

    it.each(['local', 'local-raw'])('keep what was sent (%s), once', async (storageClass) => {
      await using cluster = await TestEngine.start()
      const { uploads, volumes, paths } = cluster.engine.services
      const volume = await claimWith(cluster, storageClass)
      await askFor(cluster)
      const { path: before } = await volumes.images(volume)
      await (
        await uploads.accept(target, chunks(disk), { bytes: disk.length })
      ).done
      await succeeds(cluster)
      expect((await contentIn(cluster, volume)).equals(wanted)).toBe(true)
      await expect(stat(before)).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(uploads.accept(target, chunks(disk))).rejects.toMatchObject({ code: 'UploadDone' })
      await expect.poll(() => readdir(paths.imports)).toEqual([])
    })

    it.each(['local', 'local-raw'])('are refused where something would be lost (%s)', async (storageClass) => {
      await using cluster = await TestEngine.start()
      const { uploads, volumes } = cluster.engine.services
      const volume = await claimWith(cluster, storageClass)
      await writePattern(await volumes.images(volume), [{ at: 9 * mebibyte, bytes: 512, value: 7 }])
      await askFor(cluster)
      await expect(uploads.accept(target, chunks(disk))).rejects.toMatchObject({
        code: 'VolumeRefused',
        message: expect.stringContaining('not blank'),
      })
      expect((await contentIn(cluster, volume))[9 * mebibyte]).toBe(7)
    })

    it('are refused while a machine has it, also when it starts in the middle', async () => {
      await using cluster = await TestEngine.start()
      const { uploads } = cluster.engine.services
      const volume = await claimWith(cluster, 'local')
      await askFor(cluster)
      const held = Promise.withResolvers<void>()
      const sending = uploads.accept(
        target,
        (async function* () {
          yield disk.subarray(0, mebibyte)
          await held.promise
          yield disk.subarray(mebibyte)
        })(),
      )
      await expect.poll(() => uploads.state(target)).toBe('busy')
      await cluster.create(
        machineOf('taker', { spec: { volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }] } }),
      )
      await cluster.running('taker')
      held.resolve()
      await expect((await sending).done).rejects.toMatchObject({ code: 'VolumeInUse' })
      await expect.poll(() => uploads.state(target)).toBe('inUse')
      await expect(uploads.accept(target, chunks(disk))).rejects.toMatchObject({ code: 'VolumeInUse' })
      expect((await contentIn(cluster, volume)).every((byte) => byte === 0)).toBe(true)
    })

    it('are kept when the engine dies between the last byte and the volume', async () => {
      const dataDir = await temporaryFolder()
      onTestFinished(() => rm(dataDir, { recursive: true }))
      let volume = ''
      {
        await using cluster = await TestEngine.start({ dataDir })
        volume = await claimWith(cluster, 'local')
        await askFor(cluster)
        const folder = join(cluster.engine.paths.imports, volume)
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, 'received'), disk)
      }
      await using next = await TestEngine.start({ dataDir })
      await succeeds(next)
      expect((await contentIn(next, volume)).equals(wanted)).toBe(true)
    })
  })

  it.each([
    [
      'is cut off',
      () => chunks(disk.subarray(0, mebibyte), Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
      disk.length,
      'NetworkFailed',
    ],
    ['is shorter than announced', () => chunks(disk.subarray(0, mebibyte)), disk.length, 'NetworkFailed'],
    ['is longer than announced', () => chunks(disk), mebibyte, 'TooLarge'],
    ['is empty', () => chunks(Buffer.alloc(0)), undefined, 'UnknownFormat'],
    ['is announced too large', () => chunks(disk), 2 ** 40, 'TooLarge'],
  ])('that %s leave nothing, and can be tried again', async (_what, body, bytes, code) => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
    await phase(cluster, 'UploadReady')
    const options = bytes === undefined ? {} : { bytes }
    await expect(uploads.accept(target, body(), options)).rejects.toMatchObject({ code })
    expect(await uploads.state(target)).toBe('ready')
    const [folder = ''] = await readdir(cluster.engine.paths.imports)
    expect((await readdir(join(cluster.engine.paths.imports, folder))).filter((name) => name !== 'boot')).toEqual([])
    await (
      await uploads.accept(target, chunks(disk), { bytes: disk.length })
    ).done
    await phase(cluster, 'Succeeded')
  })

  it('of what is no disk are refused with the reason, and can be tried again', async () => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
    await phase(cluster, 'UploadReady')
    const { done } = await uploads.accept(target, chunks(Buffer.from('<html>no disk</html>'.repeat(100))))
    await expect(done).rejects.toMatchObject({ code: 'UnknownFormat' })
    const told = await until(
      'the status says why',
      () => cluster.find(dataVolumes, 'disk'),
      (found) => found?.status?.restartCount === 1,
    )
    expect(told.status?.phase).toBe('UploadReady')
    expect(getCondition(told.status?.conditions, 'Running')?.message).toContain(
      'the uploaded image is not a disk image',
    )
    await (
      await uploads.accept(target, chunks(disk))
    ).done
    await phase(cluster, 'Succeeded')
  })

  it('come one at a time', async () => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
    await phase(cluster, 'UploadReady')
    const held = Promise.withResolvers<void>()
    const first = uploads.accept(
      target,
      (async function* () {
        yield disk.subarray(0, mebibyte)
        await held.promise
        yield disk.subarray(mebibyte)
      })(),
    )
    await expect.poll(() => uploads.state(target)).toBe('busy')
    await expect(uploads.accept(target, chunks(disk))).rejects.toMatchObject({ code: 'UploadNotReady' })
    held.resolve()
    await (
      await first
    ).done
    await phase(cluster, 'Succeeded')
  })

  it.each([
    ['that were received whole are converted by the next engine', ['arrived'], 'this boot', 'Succeeded'],
    ['that may have holes after a power cut are asked for again', ['arrived'], 'another boot', 'UploadReady'],
    ['that were acknowledged outlive a power cut', ['arrived', 'received'], 'another boot', 'Succeeded'],
  ])('%s', async (_what, files, boot, end) => {
    const dataDir = await temporaryFolder()
    onTestFinished(() => rm(dataDir, { recursive: true }))
    let folder = ''
    {
      await using cluster = await TestEngine.start({ dataDir })
      await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
      await phase(cluster, 'UploadReady')
      folder = join(cluster.engine.paths.imports, volumeNameFor(await claimOf(cluster)))
    }
    // What an engine leaves that is killed between the last byte and the disk.
    await mkdir(folder, { recursive: true })
    for (const file of files) await writeFile(join(folder, file), disk)
    const thisBoot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    await writeFile(join(folder, 'boot'), boot === 'this boot' ? thisBoot : boot)
    await using next = await TestEngine.start({ dataDir })
    if (end === 'UploadReady') await expect.poll(() => readdir(folder)).toEqual(['boot'])
    await phase(next, end)
    if (end === 'UploadReady') await (await next.engine.services.uploads.accept(target, chunks(disk))).done
    await phase(next, 'Succeeded')
  })

  it('are safe against a power cut once that is asked for, whichever comes first', async () => {
    await using cluster = await TestEngine.start()
    const { uploads } = cluster.engine.services
    for (const name of ['disk', 'other']) {
      await cluster.client.create(dataVolumes, dataVolumeOf(name, { source: { upload: {} } }))
      await until(
        'it is ready',
        () => uploads.state({ ...target, name }),
        (state) => state === 'ready',
      )
    }
    const early = await uploads.accept(target, chunks(disk))
    await Promise.all([early.keep(), early.done])
    const late = await uploads.accept({ ...target, name: 'other' }, chunks(disk))
    await late.done
    await late.keep()
    await expect.poll(() => readdir(cluster.engine.paths.imports)).toEqual([])
  })

  it('end with their claim', async () => {
    await using cluster = await TestEngine.start()
    const { uploads, volumes } = cluster.engine.services
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { upload: {} } }))
    await phase(cluster, 'UploadReady')
    const { done } = await uploads.accept(target, chunks(disk))
    done.catch(() => {})
    await cluster.client.delete(dataVolumes, target)
    await cluster.gone(persistentVolumeClaims, 'disk')
    await done.catch(() => {})
    await expect.poll(() => volumes.list()).toEqual([])
    await expect.poll(() => readdir(cluster.engine.paths.imports)).toEqual([])
  })
})
