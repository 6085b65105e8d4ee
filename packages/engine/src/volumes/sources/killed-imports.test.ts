import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataVolumes } from '@berth/api'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumeClaims,
  type Client,
} from '@berth/kube'
import { freePort } from '@berth/testkit'
import { afterAll, expect, it } from 'vitest'
import { spawnEngine, type EngineChild } from '../../testing/engine-child.ts'
import { dataVolumeOf } from '../../testing/manifests.ts'
import { namespace, temporaryFolder } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { serve } from '../../testing/web-server.ts'
import { volumeNameFor } from '../claim-volume.ts'

const mebibyte = 1024 ** 2
const half = 2 * mebibyte
/** Every eight bytes say where they are. */
const disk = Buffer.alloc(4 * mebibyte)
for (let at = 0; at < disk.length; at += 8) disk.writeBigUInt64LE(BigInt(at) + 1n, at)

let engine: EngineChild | undefined
const dataDir = await temporaryFolder()

afterAll(async () => {
  await engine?.kill()
  await rm(dataDir, { recursive: true, force: true })
})

async function connect(): Promise<Client> {
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  return createClient(createHttpTransport(connection))
}

it('an import goes on where it was when its engine is killed, and leaves nothing', async () => {
  const ranges: (string | undefined)[] = []
  let sent = (): void => {}
  const halfSent = new Promise<void>((resolve) => (sent = resolve))
  await using web = await serve((request, response) => {
    const { range } = request.headers
    ranges.push(range)
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    response.setHeader('etag', '"disk"')
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${disk.length - 1}/${disk.length}`)
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': disk.length - from })
    if (ranges.length > 1) return void response.end(disk.subarray(from))
    // The rest never comes.
    response.write(disk.subarray(0, half), sent)
  })
  const port = await freePort()
  engine = spawnEngine(dataDir, port)
  await engine.ready
  let client = await connect()
  const source = { http: { url: `${web.url}/disk.img` } }
  await client.create(dataVolumes, dataVolumeOf('disk', { source }))
  await client.create(dataVolumes, dataVolumeOf('other', { source: { http: { url: `${web.url}/other.img` } } }))
  await halfSent
  const imports = join(dataDir, 'imports')
  const volume = volumeNameFor(await client.get(persistentVolumeClaims, { namespace, name: 'disk' }))
  const received = async (): Promise<number> =>
    (await readFile(join(imports, volume, 'download.part')).catch(() => Buffer.alloc(0))).length
  await until('half of it is here', received, (bytes) => bytes >= half)
  await engine.kill()
  await client.transport.close()
  // What nobody asked for any more, in the eyes of the next engine.
  expect(await received()).toBeGreaterThanOrEqual(half)

  engine = spawnEngine(dataDir, port)
  await engine.ready
  client = await connect()
  await until(
    'it is whole',
    () => client.get(dataVolumes, { namespace, name: 'disk' }),
    ({ status }) => status?.phase === 'Succeeded',
  )
  expect(ranges).toContain(`bytes=${half}-`)
  const claim = await client.get(persistentVolumeClaims, { namespace, name: 'disk' })
  const record: unknown = JSON.parse(
    await readFile(join(dataDir, 'volumes', 'volumes', claim.spec.volumeName ?? '', 'volume.json'), 'utf8'),
  )
  const head = typeof record === 'object' && record !== null && 'head' in record ? String(record.head) : ''
  const plain = join(dataDir, 'plain')
  await promisify(execFile)('qemu-img', ['convert', '-O', 'raw', join(dataDir, 'volumes', 'images', head), plain])
  expect((await readFile(plain)).subarray(0, disk.length).equals(disk)).toBe(true)
  for (const name of ['disk', 'other']) await client.delete(dataVolumes, { namespace, name })
  await until(
    'nothing is left',
    async () => [...(await readdir(imports)), ...(await readdir(join(dataDir, 'volumes', 'images')))],
    (left) => left.length === 0,
  )
  await client.transport.close()
})
