// Every manifest of examples/ is what its README says, is taken by the server, and works. (Debian guests boot in debian.test.ts.)
import { createServer, type Server } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { once } from 'node:events'
import { virtualMachineInstances } from '@berth/api'
import { ContainerImages, createImage } from '@berth/imaging'
import { unlessMissing } from '@berth/meta'
import { eventually, useEngine } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// What makes images for tests lies beside the code they test.
import { bootSector, dockerArchive } from '../packages/imaging/src/oci/image.testkit.ts'

const folder = resolve(import.meta.dirname, '../examples')
const manifests = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const engine = useEngine({ driver: 'qemu' })

/** Ends every guest at once: one that boots, or that only halts, does not hear that it should end. */
async function pulled(): Promise<void> {
  const { client, leftovers } = engine()
  const isGone = async (): Promise<boolean> => {
    for (const { metadata } of (await client.list(virtualMachineInstances)).items) {
      const target = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
      // Gone between the list and here is as good.
      await unlessMissing(client.delete(virtualMachineInstances, target, { gracePeriodSeconds: 0 }))
    }
    return (await leftovers()).length === 0
  }
  await eventually(isGone, { what: 'nothing to be left' })
}

const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** `Kind name` of each object, and of the disks its machines make. */
const objectsOf = (name: string): string[] => {
  const text = textOf(name)
  const objects = [...text.matchAll(/^kind: (\S+)\nmetadata:\n {2}name: (\S+)$/gm)]
  const disks = [...text.matchAll(/^ {4}- metadata:\n {8}name: (\S+)$/gm)]
  return [...objects.map(([, kind, own]) => `${kind} ${own}`), ...disks.map(([, own]) => `DataVolume ${own}`)]
}

describe.each(manifests)('examples/%s', (name) => {
  it('says at its top what it is and how to use it', () => {
    const comment = textOf(name).split(/^(?!#)/m, 1)[0] ?? ''
    expect(comment).toMatch(/^# [A-Z][^]*?\.\n#\n/)
    expect(comment).toContain(`#   kubectl apply -f examples/${name}\n`)
  })

  it('is taken by the server without a warning', async () => {
    const { code, stdout, stderr } = await engine().kubectl.run([
      'apply',
      '--dry-run=server',
      '-o',
      'name',
      '-f',
      join(folder, name),
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.trimEnd().split('\n')).toHaveLength(textOf(name).match(/^kind: /gm)?.length ?? 0)
  })
})

it('README.md lists the manifests, each once', () => {
  const listed = [...textOf('README.md').matchAll(/^\| `([^`]+\.yaml)` /gm)].map(([, name]) => name)
  expect(listed).toHaveLength(manifests.length)
  expect(new Set(listed)).toEqual(new Set(manifests))
})

it('no two make things of the same name', () => {
  const names = manifests.flatMap(objectsOf)
  expect(names.length).toBeGreaterThanOrEqual(manifests.length)
  expect(names).toEqual([...new Set(names)])
})

it('hello.yaml greets', async () => {
  const { kubectl } = engine()
  await kubectl('apply', '-f', join(folder, 'hello.yaml'))
  await kubectl('wait', 'vm/hello-2', '--for=condition=Ready', '--timeout=60s')
  const pod = (await kubectl('get', 'pods', '-l', 'app=hello-2', '-o', 'name')).trim()
  await eventually(async () => (await kubectl('logs', pod)).includes('berth guest ready'))
  await kubectl('delete', '-f', join(folder, 'hello.yaml'))
  await eventually(async () => (await engine().leftovers()).length === 0, { what: 'nothing to be left' })
})

it('instancetype.yaml and pool.yaml make what they say', async () => {
  const { kubectl } = engine()
  const files = ['-f', join(folder, 'instancetype.yaml'), '-f', join(folder, 'pool.yaml')]
  await kubectl('apply', ...files)
  await kubectl('wait', 'vm/from-type', '--for=condition=Ready', '--timeout=60s')
  const domain = 'jsonpath={.spec.domain.memory.guest} {.spec.domain.cpu.sockets} {.spec.domain.devices.rng}'
  expect(await kubectl('get', 'vmi', 'from-type', '-o', domain)).toBe('128Mi 1 {}')
  await kubectl('scale', 'vmpool/workers', '--replicas=3')
  await kubectl('wait', 'vmpool/workers', '--for=jsonpath={.status.readyReplicas}=3', '--timeout=60s')
  await kubectl('delete', ...files, '--wait=false')
  await pulled()
})

it('container-disk.yaml starts from the image it names', async () => {
  const { kubectl, scratch, paths } = engine()
  const image = /^ +image: (\S+)$/m.exec(textOf('container-disk.yaml'))?.[1] ?? ''
  // No Fedora, to keep it small: a disk that says so and halts, under the same name.
  const archive = join(scratch, 'image.tar')
  await writeFile(archive, await dockerArchive(image, [{ name: 'disk/disk.img', content: bootSector('booted') }]))
  await new ContainerImages({ directory: paths.containerImages }).load({ from: archive })
  await kubectl('apply', '-f', join(folder, 'container-disk.yaml'))
  await kubectl('wait', 'vm/fedora-container', '--for=condition=Ready', '--timeout=60s')
  const pod = (await kubectl('get', 'pods', '-l', 'app=fedora-container', '-o', 'name')).trim()
  await eventually(async () => (await kubectl('logs', pod)).includes('booted'))
  await kubectl('delete', '-f', join(folder, 'container-disk.yaml'), '--wait=false')
  await pulled()
})

describe('data-volume-http.yaml', () => {
  let server: Server
  let url = ''

  beforeAll(async () => {
    const image = join(engine().scratch, 'image.qcow2')
    await createImage({ path: image, format: 'qcow2', sizeBytes: 64 * 1024 ** 2 })
    const bytes = await readFile(image)
    server = createServer((_request, response) => response.end(bytes)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server listens nowhere')
    url = `http://127.0.0.1:${address.port}/image.qcow2`
  })

  afterAll(() => void server.close())

  it('becomes a disk of the size it asks for', async () => {
    const { kubectl } = engine()
    const manifest = textOf('data-volume-http.yaml').replace(/url: https:\S+/, `url: ${url}`)
    expect(manifest).toContain(url)
    await kubectl.with(manifest, 'apply', '-f', '-')
    await eventually(
      async () =>
        (await kubectl('get', 'datavolume', 'debian-download', '-o', 'jsonpath={.status.phase}')) === 'Succeeded',
    )
    expect(await kubectl('get', 'datavolume', 'debian-download')).toMatch(/debian-download +Succeeded +100\.0%/)
    expect(await kubectl('get', 'pvc', 'debian-download', '-o', 'jsonpath={.status.capacity.storage}')).toBe('5Gi')
    await kubectl.with(manifest, 'delete', '-f', '-')
    await eventually(async () => (await engine().leftovers()).length === 0, { what: 'nothing to be left' })
  })
})

it('the disk of disk-vm.yaml is kept, copied, fetched and put back as the manifests say', async () => {
  const { kubectl } = engine()
  const of = (name: string): string[] => ['-f', join(folder, `${name}.yaml`)]
  const phase = (object: string, wanted: string): Promise<unknown> =>
    kubectl('wait', object, `--for=jsonpath={.status.phase}=${wanted}`, '--timeout=60s')
  await kubectl('apply', ...of('disk-vm'), ...of('storage-class'), ...of('snapshot-policy'))
  await kubectl('wait', 'vm/disk-vm', '--for=condition=Ready', '--timeout=60s')
  await kubectl('apply', ...of('snapshot'))
  await kubectl('wait', 'vmsnapshot/disk-vm-before', '--for=condition=Ready', '--timeout=60s')
  await kubectl('apply', ...of('clone'), ...of('export'), ...of('restore'))
  await phase('vmclone/disk-vm-copy', 'Succeeded')
  await phase('vmexport/disk-vm-out', 'Ready')
  await phase('dv/made-later', 'PendingPopulation')
  expect(await kubectl('get', 'snapshotpolicy', 'nightly')).toMatch(/^nightly +30 2 /m)
  // The restore waits for the machine to be off.
  expect(await kubectl('get', 'vmrestore', 'disk-vm-back', '-o', 'jsonpath={.status.complete}')).not.toBe('true')
  await kubectl('patch', 'vm', 'disk-vm', '--type=merge', '-p', '{"spec":{"runStrategy":"Halted"}}')
  await kubectl('wait', 'vmrestore/disk-vm-back', '--for=condition=Ready', '--timeout=60s')
  const made = ['export', 'clone', 'restore', 'snapshot', 'snapshot-policy', 'storage-class', 'disk-vm'].flatMap(of)
  await kubectl('delete', '--ignore-not-found', 'vm/disk-vm-2')
  await kubectl('delete', '--ignore-not-found', ...made)
  // Files, too: the folders and the list of storages stay.
  const { volumes } = engine().paths
  await eventually(
    async () => {
      const entries = await readdir(volumes, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && entry.name !== 'storages.json')
      if (files.length > 0) throw new Error(files.map(({ parentPath, name }) => join(parentPath, name)).join(' '))
      return true
    },
    { what: 'nothing to be left' },
  )
})
