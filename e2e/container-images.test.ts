// Guests from container images: out of a real registry and out of files, with disks, kernels and everything that is written as files.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ContainerImages } from '@berth/imaging'
import { eventually, machineVerbs, uniqueName, useEngine, type GuestOptions } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
// What makes images and registries for tests lies beside the code they test.
import { bootSector, dockerArchive, imageOf } from '../packages/imaging/src/oci/image.testkit.ts'
import {
  noDebianRegistry,
  startDebianRegistry,
  type DebianRegistry,
} from '../packages/imaging/src/registry/debian-registry.testkit.ts'

const engine = useEngine({ driver: 'qemu' })
const { create, becomes, greeted, logs, act, instance } = machineVerbs(engine)

afterEach(() => engine().kubectl('delete', 'vm,pvc', '--all'))

/** A machine that boots from a container disk and nothing else. */
const fromDisk =
  (image: string): GuestOptions['spec'] =>
  (spec) => {
    delete spec.domain.firmware
    spec.domain.devices.disks = [{ name: 'root', disk: { bus: 'virtio' } }]
    spec.volumes = [{ name: 'root', containerDisk: { image } }]
  }

/** Shell words that set `$disk` to the device of that serial number, once it is there. */
const findDisk = (serial: string): string =>
  `disk=; until [ -n "$disk" ]; do disk=$(grep -lx ${serial} /sys/block/vd*/serial 2>/dev/null | cut -d/ -f4); usleep 20000; done; disk=/dev/$disk`
const mounted = (serial: string, command: string): string =>
  `${findDisk(serial)}; mkdir -p /m; until mount -r $disk /m 2>/dev/null; do usleep 50000; done; (cd /m; ${command}); umount /m`

describe.skipIf(noDebianRegistry)(['machines from a registry', noDebianRegistry ?? []].flat().join(': '), () => {
  let registry: DebianRegistry
  beforeAll(async () => {
    registry = await startDebianRegistry(join(engine().scratch, 'registry'))
  })
  afterAll(() => registry.stop())

  it('boot from a container disk, many from one pull, and leave nothing but the cached image', async () => {
    const { kubectl, leftovers } = engine()
    await registry.push(
      'team/disk',
      '1',
      await imageOf([[{ name: 'disk/root.img', content: bootSector('booted from an image') }]]),
    )
    const image = `${registry.host}/team/disk:1`
    const names = await Promise.all(['a', 'b', 'c'].map((prefix) => create(prefix, { spec: fromDisk(image) })))
    for (const name of names) {
      await becomes(name, 'Running')
      await eventually(async () => (await logs(name)).includes('booted from an image'), { what: `${name} to boot` })
    }
    expect(registry.requests().filter((uri) => uri.includes('/blobs/'))).toHaveLength(1)
    const events = await kubectl('get', 'events', '-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}')
    expect(events).toContain(`Pulling: Pulling image "${image}"`)
    expect(events).toContain(`Pulled: Successfully pulled image "${image}"`)
    expect((await instance(names[0] ?? ''))?.status?.volumeStatus).toMatchObject([{ name: 'root', target: 'vda' }])
    await kubectl('delete', 'vm', '--all')
    await eventually(async () => (await leftovers()).length === 0, { what: 'the files of the runs to go' })
  })

  it('boot a kernel from one', async () => {
    const guest = await engine().services.images.tinyGuest()
    const files = [
      { name: 'boot/vmlinuz', content: await readFile(guest.kernel) },
      { name: 'boot/initrd', content: await readFile(guest.initrd) },
    ]
    await registry.push('team/kernel', '1', await imageOf([files], 'zstd'))
    const name = await create('kernel', {
      spec: ({ domain }) => {
        domain.firmware = {
          kernelBoot: {
            kernelArgs: guest.cmdline,
            container: {
              image: `${registry.host}/team/kernel:1`,
              kernelPath: '/boot/vmlinuz',
              initrdPath: '/boot/initrd',
            },
          },
        }
      },
    })
    await greeted(name)
  })

  it('say that an image cannot be pulled, in the words of Kubernetes', async () => {
    const name = await create('absent', { spec: fromDisk(`${registry.host}/team/absent:1`) })
    // As people see it, and no state too short to be seen: NAME AGE STATUS READY.
    const watch = engine().kubectl.start('get', 'vm', name, '-w', '--no-headers')
    try {
      for (const status of ['ErrImagePull', 'ImagePullBackOff']) {
        const line = new RegExp(`^${name} +\\S+ +${status} +False`, 'm')
        await eventually(() => line.test(watch.stdout()), { what: `the machine to say ${status}` })
      }
    } finally {
      await watch.stop()
    }
    const synchronized = (await instance(name))?.status?.conditions?.find(({ type }) => type === 'Synchronized')
    expect(synchronized).toMatchObject({
      status: 'False',
      message: expect.stringContaining('team/absent:1: not found') as unknown,
    })
  })
})

describe('machines from files', () => {
  it('boot from a disk that was loaded, and see every kind of disk that is made of files', async () => {
    const { kubectl, shell, scratch, paths } = engine()
    const archive = join(scratch, 'image.tar')
    const image = 'registry.invalid/team/loaded:1'
    await writeFile(archive, await dockerArchive(image, [{ name: 'disk/data.img', content: bootSector('loaded') }]))
    // As `berth image load` does, from another process.
    await new ContainerImages({ directory: paths.containerImages }).load({ from: archive })
    const booting = await create('loaded', { spec: fromDisk(image) })
    await eventually(async () => (await logs(booting)).includes('loaded'), { what: 'the guest to boot' })
    await kubectl('delete', 'vm', booting)

    await kubectl.with(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'base' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '4Mi' } } },
      },
      'create',
      '-f',
      '-',
    )
    await kubectl('create', 'configmap', 'answers', '--from-literal=Unattend.xml=<unattend/>')
    await kubectl('create', 'serviceaccount', 'guest')
    await kubectl(
      'patch',
      'kubevirt',
      'kubevirt',
      '-n',
      'kubevirt',
      '--type=merge',
      '-p',
      '{"spec":{"configuration":{"developerConfiguration":{"featureGates":["DownwardMetrics"]}}}}',
    )
    const volumes = {
      data: { containerDisk: { image, imagePullPolicy: 'Never' } },
      over: { ephemeral: { persistentVolumeClaim: { claimName: 'base' } } },
      answers: { sysprep: { configMap: { name: 'answers' } } },
      facts: {
        downwardAPI: {
          volumeLabel: 'facts',
          fields: [
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
            { path: 'deep/namespace', fieldRef: { fieldPath: 'metadata.namespace' } },
            { path: 'cpu', resourceFieldRef: { containerName: 'compute', resource: 'requests.cpu', divisor: '1m' } },
          ],
        },
      },
      account: { serviceAccount: { serviceAccountName: 'guest' } },
      metrics: { downwardMetrics: {} },
    }
    const name = uniqueName('files')
    const created = await create(name, {
      spec: (spec) => {
        spec.domain.devices.disks = Object.keys(volumes).map((disk) => ({
          name: disk,
          serial: disk,
          disk: { bus: 'virtio' },
        }))
        spec.volumes = Object.entries(volumes).map(([volume, source]) => ({
          name: volume,
          ...source,
        })) as typeof spec.volumes
      },
    })
    await greeted(created)
    const guest = await shell(created)
    expect(await guest.run(`${findDisk('data')}; dd if=$disk bs=1 skip=23 count=6 2>/dev/null`)).toBe('loaded')
    for (const disk of ['data', 'over']) {
      expect(
        await guest.run(
          `${findDisk(disk)}; echo gone | dd of=$disk conv=notrunc 2>/dev/null; sync; dd if=$disk bs=5 count=1 2>/dev/null`,
        ),
      ).toBe('gone\n')
    }
    expect(await guest.run(mounted('answers', 'cat Unattend.xml'))).toBe('<unattend/>')
    const label = (disk: string): string => `${findDisk(disk)}; dd if=$disk bs=1 skip=32808 count=10 2>/dev/null`
    expect(await guest.run(label('answers'))).toBe('unattendCD')
    expect(await guest.run(label('facts'))).toMatch(/^facts +$/i)
    const labels = await guest.run(mounted('facts', 'cat labels'))
    expect(labels).toContain(`vm.kubevirt.io/name="${created}"`)
    expect(await guest.run(mounted('facts', 'cat deep/namespace; echo; cat cpu'))).toBe('default\n100')
    expect(await guest.run(mounted('account', 'cat namespace; echo; head -1 ca.crt; ls -1'))).toBe(
      'default\n-----BEGIN CERTIFICATE-----\nca.crt\nnamespace\ntoken\n',
    )
    const token = (await guest.run(mounted('account', 'cat token'))).trim()
    const review = await kubectl.with(
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
      'create',
      '-f',
      '-',
      '-o',
      'jsonpath={.status.user.username}',
    )
    expect(review).toBe('system:serviceaccount:default:guest')
    const figures = `${findDisk('metrics')}; until dd if=$disk bs=4k count=4 iflag=direct 2>/dev/null | grep -q ResourceMemoryLimit; do usleep 200000; echo 3 > /proc/sys/vm/drop_caches; done; dd if=$disk bs=4k count=4 2>/dev/null | tr -d '\\000'`
    expect(await guest.run(figures)).toMatch(/^mvbd[^]*<name>HostName<\/name>[^]*ResourceMemoryLimit/)
    guest.close()

    await act('vm', created, 'stop')
    await becomes(created, 'Stopped')
    await act('vm', created, 'start')
    await greeted(created)
    const second = await shell(created)
    expect(await second.run(`${findDisk('data')}; dd if=$disk bs=1 skip=23 count=6 2>/dev/null`)).toBe('loaded')
    expect(await second.run(`${findDisk('over')}; dd if=$disk bs=5 count=1 2>/dev/null | tr -d '\\000'`)).toBe('')
    second.close()
  })
})
