// Disks in real guests: claims, empty disks, cloud-init, config maps, secrets, and imports that go well or wrong.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually, machineVerbs, uniqueName, useEngine, withoutKernel, type GuestOptions } from '@berth/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { becomes, create, greeted, act } = machineVerbs(engine)

type Volume = Record<string, object>

/** One virtio disk per volume, its serial number being its name. */
const withVolumes =
  (volumes: Record<string, Volume>): NonNullable<GuestOptions['spec']> =>
  (spec) => {
    const names = Object.keys(volumes)
    spec.domain.devices.disks = names.map((name) => ({ name, serial: name, disk: { bus: 'virtio' } }))
    spec.volumes = Object.entries(volumes).map(([name, source]) => ({ name, ...source }))
  }

/** The same, in a machine whose guest is asked nothing. */
const onlyVolumes =
  (volumes: Record<string, Volume>): GuestOptions['spec'] =>
  (spec) => {
    withVolumes(volumes)(spec)
    withoutKernel(spec)
  }

const claim = (name: string, storage: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
})

/** Shell words that set `$disk` to the device of that serial number, once it is there. */
const findDisk = (serial: string) =>
  `disk=; until [ -n "$disk" ]; do disk=$(grep -lx ${serial} /sys/block/vd*/serial 2>/dev/null | cut -d/ -f4); usleep 20000; done; disk=/dev/$disk`
const mounted = (serial: string, command: string) =>
  `${findDisk(serial)}; mkdir -p /m; until mount -r $disk /m 2>/dev/null; do usleep 50000; done; (cd /m; ${command}); umount /m`

/** The volume label of an ISO 9660 file system, from where the standard puts it. */
const isoLabel = (serial: string) => `${findDisk(serial)}; dd if=$disk bs=1 skip=32808 count=32 2>/dev/null`

// What one test leaves after a failure must not fail the next one.
afterEach(() => engine().kubectl('delete', 'vm,dv,pvc', '--all'))

describe('a machine with every kind of disk', () => {
  it('sees each with what is on it; claims keep what was written, empty disks do not', async () => {
    const { kubectl, shell, leftovers } = engine()
    await kubectl.with(claim('keep', '16Mi'), 'create', '-f', '-')
    await kubectl('create', 'configmap', 'settings', '--from-literal=colour=red', '--from-literal=size=10')
    await kubectl('create', 'secret', 'generic', 'passwords', '--from-literal=root=hunter2')
    const name = await create('disks', {
      spec: withVolumes({
        keep: { persistentVolumeClaim: { claimName: 'keep' } },
        scratch: { emptyDisk: { capacity: '32Mi' } },
        init: { cloudInitNoCloud: { userData: '#cloud-config\nhostname: fromdata\n', networkData: 'version: 2\n' } },
        drive: { cloudInitConfigDrive: { userData: '#!/bin/sh\n' } },
        settings: { configMap: { name: 'settings' } },
        passwords: { secret: { secretName: 'passwords' } },
      }),
    })
    await greeted(name)
    const first = await shell(name)
    const size = async (disk: string) =>
      Number(await first.run(`${findDisk(disk)}; cat /sys/block/\${disk#/dev/}/size`)) * 512
    expect(await size('keep')).toBe(16 * 1024 * 1024)
    expect(await size('scratch')).toBe(32 * 1024 * 1024)
    expect(await first.run(mounted('init', 'cat user-data network-config; grep -c local-hostname meta-data'))).toBe(
      '#cloud-config\nhostname: fromdata\nversion: 2\n1\n',
    )
    expect(await first.run(isoLabel('init'))).toMatch(/^cidata *$/i)
    expect(await first.run(mounted('drive', 'cat openstack/latest/user_data'))).toBe('#!/bin/sh\n')
    expect(await first.run(isoLabel('drive'))).toMatch(/^config-2 *$/i)
    expect(await first.run(mounted('settings', 'cat colour; echo; cat size'))).toBe('red\n10')
    expect(await first.run(mounted('passwords', 'cat root'))).toBe('hunter2')
    for (const disk of ['keep', 'scratch'])
      await first.run(`${findDisk(disk)}; echo written-to-${disk} | dd of=$disk conv=notrunc 2>/dev/null; sync`)
    first.close()

    await act('vm', name, 'stop')
    await becomes(name, 'Stopped')
    const ofTheRun = async () => (await leftovers()).filter((path) => !path.startsWith('volumes/'))
    await eventually(async () => (await ofTheRun()).length === 0, { what: 'the files of the run to go' })
    await act('vm', name, 'start')
    await greeted(name)
    const second = await shell(name)
    const start = (disk: string) =>
      second.run(`${findDisk(disk)}; dd if=$disk bs=32 count=1 2>/dev/null | tr -d '\\000'`)
    expect(await start('keep')).toBe('written-to-keep\n')
    expect(await start('scratch')).toBe('')
    second.close()

    expect(await kubectl('get', 'pv', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Bound')
    await kubectl('delete', 'pvc', 'keep', '--wait=false')
    expect(await kubectl('get', 'pvc', 'keep')).toContain('Terminating')
    await kubectl('delete', 'vm', name)
    await eventually(async () => (await kubectl('get', 'pvc,pv', '-o', 'name')) === '', {
      what: 'claim and volume to go',
    })
    await eventually(async () => (await leftovers()).length === 0, { what: 'the files to go' })
  })

  it('waits for a claim that is not there yet', async () => {
    const { kubectl } = engine()
    const name = await create('early', {
      spec: onlyVolumes({ late: { persistentVolumeClaim: { claimName: 'late' } } }),
    })
    await becomes(name, 'ErrorPvcNotFound')
    await kubectl.with(claim('late', '1Mi'), 'create', '-f', '-')
    await becomes(name, 'Running')
    await kubectl('delete', 'vm', name)
    await kubectl('delete', 'pvc', 'late')
  })
})

describe('imports', () => {
  const pattern = Buffer.from('imported from a web server, as the guest will see\n')
  let server: Server
  let url = ''
  const images = new Map<string, Buffer>()

  beforeAll(async () => {
    const { scratch } = engine()
    const qemuImg = (...args: string[]) => promisify(execFile)('qemu-img', args, { cwd: scratch })
    const disk = Buffer.alloc(4 * 1024 * 1024)
    pattern.copy(disk)
    await writeFile(join(scratch, 'good.raw'), disk)
    await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', 'good.raw', 'good.qcow2')
    await qemuImg('create', '-f', 'qcow2', '-u', '-F', 'raw', '-b', '/etc/passwd', 'backing.qcow2', '4M')
    await qemuImg(
      'create',
      '-f',
      'qcow2',
      '-o',
      'data_file=/tmp/berth-data-file,data_file_raw=on',
      'outside.qcow2',
      '4M',
    )
    await qemuImg('create', '-f', 'qcow2', 'huge.qcow2', '1T')
    for (const name of ['good.qcow2', 'good.raw', 'backing.qcow2', 'outside.qcow2', 'huge.qcow2'])
      images.set(`/${name}`, await readFile(join(scratch, name)))
    await promisify(execFile)('rm', ['-f', '/tmp/berth-data-file'])
    images.set('/cut.qcow2', (images.get('/good.qcow2') ?? Buffer.alloc(0)).subarray(0, 700))
    server = createServer((request, response) => {
      const body = images.get(request.url ?? '')
      if (body === undefined) response.writeHead(404).end()
      else response.writeHead(200, { 'content-length': body.length }).end(request.method === 'HEAD' ? undefined : body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  const dataVolume = (name: string, source: object, storage = '8Mi') => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name },
    spec: { source, storage: { resources: { requests: { storage } } } },
  })

  async function importing(source: object, storage?: string): Promise<string> {
    const name = uniqueName('import')
    await engine().kubectl.with(dataVolume(name, source, storage), 'create', '-f', '-')
    return name
  }
  const phase = (name: string) => engine().kubectl('get', 'dv', name, '-o', 'jsonpath={.status.phase}')
  const ends = (name: string, wanted: string) =>
    eventually(async () => (await phase(name)) === wanted, { what: `${name} to be ${wanted}`, everyMs: 200 })
  const reason = (name: string) =>
    engine().kubectl('get', 'dv', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Running")].message}')

  async function deleted(name: string): Promise<void> {
    await engine().kubectl('delete', 'dv', name)
    await eventually(async () => (await engine().leftovers()).length === 0, { what: 'its files to go' })
  }

  it('a blank disk', async () => {
    const name = await importing({ blank: {} }, '64Mi')
    await ends(name, 'Succeeded')
    expect(await engine().kubectl('get', 'dv', name)).toMatch(/Succeeded +100\.0%/)
    expect(await engine().kubectl('get', 'pvc', name)).toMatch(/Bound .* 64Mi/)
    await deleted(name)
  })

  it('qcow2 and raw from a web server, checked, and used by a machine', async () => {
    const { kubectl, shell } = engine()
    const files = ['good.qcow2', 'good.raw']
    const imported = await Promise.all(
      files.map((file) => {
        const bytes = images.get(`/${file}`) ?? ''
        const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
        return importing({ http: { url: `${url}/${file}`, checksum } })
      }),
    )
    const disks = Object.fromEntries(imported.map((name, index) => [`disk${index}`, { dataVolume: { name } }]))
    const name = await create('uses', { spec: withVolumes(disks) })
    for (const volume of imported) {
      await ends(volume, 'Succeeded')
      expect(await kubectl('get', 'dv', volume)).toMatch(/Succeeded +100\.0%/)
    }
    await greeted(name)
    const console = await shell(name)
    for (const disk of Object.keys(disks)) {
      expect(await console.run(`${findDisk(disk)}; dd if=$disk bs=${pattern.length} count=1 2>/dev/null`)).toBe(
        String(pattern),
      )
      expect(await console.run(`${findDisk(disk)}; cat /sys/block/\${disk#/dev/}/size`)).toBe(
        `${(8 * 1024 * 1024) / 512}\n`,
      )
    }
    console.close()
    await kubectl('delete', 'vm', name)
    for (const volume of imported) await kubectl('delete', 'dv', volume)
    await eventually(async () => (await engine().leftovers()).length === 0, { what: 'their files to go' })
  })

  it.each([
    ['a wrong checksum', 'good.qcow2', { checksum: `sha256:${'0'.repeat(64)}` }, /checksum|sha256/i],
    ['a backing file outside', 'backing.qcow2', {}, /backing/i],
    ['a data file outside', 'outside.qcow2', {}, /external file/i],
    ['more than the claim holds', 'huge.qcow2', {}, /more than/],
    ['half a file', 'cut.qcow2', {}, /./],
  ])('%s is refused with the reason, and nothing stays', async (_what, file, more, wanted) => {
    const name = await importing({ http: { url: `${url}/${file}`, ...more } })
    await ends(name, 'Failed')
    expect(await reason(name)).toMatch(wanted)
    expect(await engine().kubectl('describe', 'dv', name)).toMatch(/Warning +ImportFailed/)
    expect(await engine().leftovers()).toEqual([])
    await deleted(name)
  })

  it('a file that is not there is tried again, and says so', async () => {
    const name = await importing({ http: { url: `${url}/missing.qcow2` } })
    await eventually(async () => /404/.test(await reason(name)), { what: 'the reason', everyMs: 200 })
    expect(await phase(name)).toBe('ImportInProgress')
    await deleted(name)
  })

  it('a machine whose disk is being imported is Provisioning, then runs', async () => {
    const { kubectl } = engine()
    const template = {
      metadata: { name: uniqueName('template') },
      spec: dataVolume('', { http: { url: `${url}/later.qcow2` } }).spec,
    }
    const name = await create('templated', {
      runStrategy: 'Halted',
      spec: onlyVolumes({ root: { dataVolume: { name: template.metadata.name } } }),
    })
    await kubectl(
      'patch',
      'vm',
      name,
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { runStrategy: 'Always', dataVolumeTemplates: [template] } }),
    )
    await eventually(async () => /404/.test(await reason(template.metadata.name).catch(() => '')), {
      what: 'the first try',
      everyMs: 200,
    })
    await becomes(name, 'DataVolumeError')
    images.set('/later.qcow2', images.get('/good.qcow2') ?? Buffer.alloc(0))
    await becomes(name, 'Running')
    await kubectl('delete', 'vm', name)
    await eventually(async () => (await engine().leftovers()).length === 0, { what: 'machine and disk to go' })
  })
})
