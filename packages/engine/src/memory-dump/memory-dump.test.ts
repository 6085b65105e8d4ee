import { randomBytes } from 'node:crypto'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataVolumes, virtualMachineExports, virtualMachines, volumeSnapshots } from '@berth/api'
import { DriverError, type Driver } from '@berth/hypervisor'
import { persistentVolumeClaims, storageClasses, type PersistentVolumeClaim } from '@berth/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineWithClaims } from '../testing/export-fixtures.ts'
import { dataVolumeOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { filesFolderOf } from '../volumes/claim-files.ts'

let test: TestEngine
/** What the driver does instead of dumping. */
let fault: (() => Promise<void>) | undefined
/** What happens to the file then. */
let dumped: ((path: string) => Promise<void>) | undefined

async function claim(name: string, storage = '1Gi', storageClassName = 'local'): Promise<void> {
  await test.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  })
}

const bound = (name: string): Promise<PersistentVolumeClaim | undefined> =>
  until(
    `${name} is bound`,
    () => test.find(persistentVolumeClaims, name),
    (found) => found?.status?.phase === 'Bound',
  )

const request = async () => (await test.machine('web'))?.status?.memoryDumpRequest ?? undefined

const reaches = (phase: string) => until(`the dump is ${phase}`, request, (found) => found?.phase === phase)

beforeEach(async () => {
  fault = undefined
  dumped = undefined
  test = await TestEngine.start({ wrap: faulty })
  await test.create(machineWithClaims('web', [], 'Always'))
  await test.running('web')
  await claim('dump')
  await bound('dump')
})
afterEach(() => test[Symbol.asyncDispose]())

function faulty(driver: Driver): Driver {
  const get = driver.get.bind(driver)
  driver.get = (id) => {
    const domain = get(id)
    if (domain !== undefined && !Object.hasOwn(domain, 'dumpMemory')) {
      const dump = domain.dumpMemory.bind(domain)
      domain.dumpMemory = async (options) => {
        await fault?.()
        await dump(options)
        await dumped?.(options.path)
      }
    }
    return domain
  }
  return driver
}

describe('a memory dump', () => {
  it('lies on its claim when it is whole, which is then no disk, and can be fetched', async () => {
    await test.act('web', 'memorydump', { claimName: 'dump' })
    const done = await reaches('Completed')
    expect(done).toMatchObject({
      claimName: 'dump',
      fileName: expect.stringMatching(/^web-dump-\d{8}-\d{6}\.memory\.dump$/),
      startTimestamp: expect.any(String),
      endTimestamp: expect.any(String),
    })
    const held = await bound('dump')
    if (held === undefined) throw new Error('no claim')
    expect(held.metadata.annotations?.['kubevirt.io/memory-dump']).toBe(done?.fileName)
    const folder = filesFolderOf(test.engine.services, held)
    expect(await readdir(folder)).toEqual([done?.fileName])
    expect((await readFile(join(folder, done?.fileName ?? ''))).toString('latin1', 1, 4)).toBe('ELF')
    // The template keeps the claim, the run does not, and nothing has to be restarted for it.
    const machine = await test.machine('web')
    expect(machine?.spec.template.spec.volumes).toEqual([
      { name: 'dump', memoryDump: { claimName: 'dump', hotpluggable: true } },
    ])
    expect((await test.instance('web'))?.spec.volumes ?? []).toEqual([])
    expect(machine?.status?.conditions?.map(({ type }) => type)).not.toContain('RestartRequired')

    await test.client.create(virtualMachineExports, {
      apiVersion: 'export.kubevirt.io/v1',
      kind: 'VirtualMachineExport',
      metadata: { name: 'e', namespace },
      spec: { source: { kind: 'PersistentVolumeClaim', name: 'dump' } },
    })
    const ready = await until(
      'the export is ready',
      () => test.find(virtualMachineExports, 'e'),
      (found) => found?.status?.phase === 'Ready',
    )
    expect(ready?.status?.links?.external?.volumes?.[0]?.formats?.map(({ format }) => format)).toEqual([
      'dir',
      'tar.gz',
    ])

    await test.create(machineWithClaims('wrong', ['dump'], 'Always'))
    await until(
      'the claim is refused as a disk',
      () => test.instance('wrong'),
      (found) => JSON.stringify(found?.status?.conditions ?? []).includes('keeps files'),
    )
    await test.client.create(volumeSnapshots, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { namespace, name: 'of-files' },
      spec: { source: { persistentVolumeClaimName: 'dump' } },
    })
    await until(
      'no snapshot is taken of files',
      () => test.find(volumeSnapshots, 'of-files'),
      (found) => found?.status?.error?.message?.includes('keeps files') === true,
    )
    await test.client.create(dataVolumes, dataVolumeOf('copy', { source: { pvc: { namespace, name: 'dump' } } }))
    await until(
      'files are not copied as a disk',
      () => test.find(dataVolumes, 'copy'),
      (found) => JSON.stringify(found?.status?.conditions ?? []).includes('keeps files'),
    )
  })

  it('waits for another to the same claim, so that neither takes the other’s half of a file away', async () => {
    await test.create(machineWithClaims('other', [], 'Always'))
    await test.running('other')
    const first = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    fault = async () => {
      running += 1
      most = Math.max(most, running)
      await first.promise
    }
    dumped = async () => {
      running -= 1
    }
    await test.act('web', 'memorydump', { claimName: 'dump' })
    await until(
      'the first is being written',
      async () => running,
      (count) => count === 1,
    )
    const ofOther = async () => (await test.machine('other'))?.status?.memoryDumpRequest ?? undefined
    await test.act('other', 'memorydump', { claimName: 'dump' })
    await until('the second has its turn asked for', ofOther, (found) => found?.startTimestamp !== undefined)
    first.resolve()
    await reaches('Completed')
    await until('the second is whole, too', ofOther, (found) => found?.phase === 'Completed')
    expect(most).toBe(1)
  })

  it('is in what its claim takes', async () => {
    dumped = (path) => writeFile(path, randomBytes(3 * 1024 ** 2))
    await test.act('web', 'memorydump', { claimName: 'dump' })
    await reaches('Completed')
    await until(
      'the claim says so',
      async () => (test.clock.leap(30_000), test.find(persistentVolumeClaims, 'dump')),
      (found) => Number(found?.metadata.annotations?.['berth.dev/allocated-bytes']) > 3 * 1024 ** 2,
    )
  })

  it('takes the place of the one before it only when it is whole', async () => {
    await test.act('web', 'memorydump', { claimName: 'dump' })
    const first = await reaches('Completed')
    fault = async () => {
      throw new DriverError('NoSpace', 'no space left on the disk')
    }
    await test.act('web', 'memorydump')
    const second = await reaches('Failed')
    expect(second?.message).toContain('no space left')
    const held = await bound('dump')
    if (held === undefined) throw new Error('no claim')
    const folder = filesFolderOf(test.engine.services, held)
    expect(await readdir(folder)).toEqual([first?.fileName])
    fault = undefined
    test.clock.leap(2_000)
    await writeFile(join(folder, '.half.partial'), 'of a crash')
    await test.act('web', 'memorydump')
    const third = await reaches('Completed')
    expect(third?.fileName).not.toBe(first?.fileName)
    expect(await readdir(folder)).toEqual([third?.fileName])
  })

  it('makes a claim grow that virtctl made by what the machine requests', async () => {
    await claim('asked', '100Mi')
    await test.act('web', 'memorydump', { claimName: 'asked' })
    await until(
      'it is whole',
      async () => (test.clock.leap(3_000), request()),
      (found) => found?.phase === 'Completed',
    )
    expect((await bound('asked'))?.status?.capacity).toEqual({ storage: '164Mi' })
  })

  it('fails where such a claim cannot grow', async () => {
    await test.client.create(storageClasses, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fixed' },
      provisioner: 'local.berth.dev',
    })
    await claim('asked', '100Mi', 'fixed')
    await test.act('web', 'memorydump', { claimName: 'asked' })
    await until(
      'it has failed',
      async () => (test.clock.leap(3_000), request()),
      (found) => found?.phase === 'Failed',
    )
    expect((await request())?.message).toContain('should be bigger then')
    expect((await bound('asked'))?.status?.capacity).toEqual({ storage: '100Mi' })
  })

  it('that turns out larger than its claim is not kept', async () => {
    dumped = async (path) => truncate(path, 2 * 1024 ** 3)
    await test.act('web', 'memorydump', { claimName: 'dump' })
    expect((await reaches('Failed'))?.message).toContain('its claim holds 1073741824')
    const held = await bound('dump')
    if (held === undefined) throw new Error('no claim')
    expect(await readdir(filesFolderOf(test.engine.services, held))).toEqual([])
  })

  it('is let go, and the machine knows nothing of it', async () => {
    await test.act('web', 'memorydump', { claimName: 'dump' })
    await reaches('Completed')
    await test.act('web', 'removememorydump')
    await until('the dump is let go', request, (found) => found === undefined)
    expect((await test.machine('web'))?.spec.template.spec.volumes ?? []).toEqual([])
    await expect(test.act('web', 'removememorydump')).rejects.toThrow('no association found')
  })

  it('does not outlive its machine', async () => {
    let stopped = false
    fault = async () => {
      // What is tried again may find the machine still on its way.
      if (!stopped) await test.act('web', 'stop', { gracePeriod: 0 })
      stopped = true
      throw new DriverError('WrongState', 'the machine does not run')
    }
    await test.act('web', 'memorydump', { claimName: 'dump' })
    expect((await reaches('Failed'))?.message).toContain('ended before')
    // Its claim is no disk of the next run.
    fault = undefined
    await until(
      'the machine stopped',
      () => test.instance('web'),
      (found) => found === undefined,
    )
    await test.act('web', 'start')
    expect((await test.running('web')).spec.volumes ?? []).toEqual([])
  })

  it('is tried again while the machine is busy with another', async () => {
    let tries = 0
    fault = async () => {
      tries += 1
      if (tries < 3) throw new DriverError('WrongState', 'a dump is under way')
    }
    await test.act('web', 'memorydump', { claimName: 'dump' })
    await until(
      'it was tried three times',
      async () => (test.clock.leap(3_000), tries),
      (count) => count === 3,
    )
    await reaches('Completed')
  })

  it('needs a claim that it fits on', async () => {
    // The guest has 64 MiB, though the machine requests nothing.
    await claim('small', '163Mi')
    await bound('small')
    await expect(test.act('web', 'memorydump', { claimName: 'small' })).rejects.toThrow(
      'pvc size [170918k] should be bigger then [171967k]',
    )
    await expect(test.act('web', 'memorydump', { claimName: 'none' })).rejects.toThrow('not found')
    await expect(test.act('web', 'memorydump')).rejects.toThrow('requires claim name')
    expect(
      (await test.client.get(virtualMachines, { namespace, name: 'web' })).status?.memoryDumpRequest,
    ).toBeUndefined()
  })
})
