// Every manifest of examples/ is what its README says, is taken by the server, and works. (Debian guests boot in debian.test.ts.)
import { createServer, type Server } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { once } from 'node:events'
import { createImage } from '@berth/imaging'
import { eventually, useEngine } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const folder = resolve(import.meta.dirname, '../examples')
const manifests = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const engine = useEngine({ driver: 'qemu' })

const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8')

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
    expect(stdout).toMatch(/^(virtualmachine\.kubevirt\.io|datavolume\.cdi\.kubevirt\.io)\/[-a-z0-9]+\n$/)
  })
})

it('README.md lists the manifests, each once', () => {
  const listed = [...textOf('README.md').matchAll(/^\| `([^`]+\.yaml)` /gm)].map(([, name]) => name)
  expect(listed).toHaveLength(manifests.length)
  expect(new Set(listed)).toEqual(new Set(manifests))
})

it('no two make things of the same name', () => {
  const names = manifests.flatMap((name) =>
    [...textOf(name).matchAll(/^ {0,8}name: (\S+)$/gm)].map(([, found]) => found),
  )
  const own = names.filter((name) => !['default', 'debian-12'].includes(name ?? ''))
  expect(own).toEqual([...new Set(own)])
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
