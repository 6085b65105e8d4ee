// Disks sent and fetched while the engine is killed: nothing half-made is shown, the sender sends again, the download goes on.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { dataVolumes, virtualMachineExports } from '@berth/api'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumeClaims,
  secrets,
  type Client,
} from '@berth/kube'
import { freePort } from '@berth/testkit'
import { afterAll, expect, it } from 'vitest'
import { spawnEngine, type EngineChild } from '../testing/engine-child.ts'
import { dataVolumeOf } from '../testing/manifests.ts'
import { namespace, temporaryFolder } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const MiB = 1024 ** 2
const disk = Buffer.concat([Buffer.alloc(MiB), randomBytes(24 * MiB)])
const dataDir = await temporaryFolder()
let engine: EngineChild | undefined
let client: Client
let port = 0
let ca = ''

afterAll(async () => {
  await engine?.kill()
  await rm(dataDir, { recursive: true, force: true })
})

async function start(): Promise<void> {
  engine = spawnEngine(dataDir, port)
  await engine.ready
  ca = await readFile(join(dataDir, 'pki', 'ca.crt'), 'utf8')
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  client = createClient(createHttpTransport(connection))
}

async function restart(): Promise<void> {
  await engine?.kill()
  await client.transport.close()
  await start()
}

const ask = (url: string, options: RequestOptions) => request(url, { ca, agent: false, ...options })

async function token(): Promise<string> {
  const answer = await client.raw({
    method: 'POST',
    path: `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`,
    body: {
      apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
      kind: 'UploadTokenRequest',
      metadata: { name: 'x' },
      spec: { pvcName: 'sent' },
    },
  })
  return (answer as { status: { token: string } }).status.token // as the kind has it
}

const phase = async (): Promise<string | undefined> =>
  (await client.get(dataVolumes, { namespace, name: 'sent' })).status?.phase

it('sends and fetches a disk over two deaths of the engine', { timeout: 180_000 }, async () => {
  port = await freePort()
  await start()
  const upload = `https://127.0.0.1:${port}/v1beta1/upload`
  const sized = { storage: { resources: { requests: { storage: '32Mi' } } } }
  await client.create(dataVolumes, dataVolumeOf('sent', { source: { upload: {} }, ...sized }))
  await until('it waits for the disk', phase, (now) => now === 'UploadReady')

  const first = await token()
  const headers = { authorization: `Bearer ${first}`, 'content-length': disk.length }
  const broken = ask(upload, { method: 'POST', headers })
  broken.on('error', () => {})
  broken.write(disk.subarray(0, 9 * MiB))
  const received = async (): Promise<string[]> => {
    const folders = await readdir(join(dataDir, 'imports')).catch(() => [])
    return (await Promise.all(folders.map((folder) => readdir(join(dataDir, 'imports', folder))))).flat()
  }
  await until('some of it is here', received, (names) => names.includes('upload.part'))
  await restart()
  await until('it waits again', phase, (now) => now === 'UploadReady')
  expect((await client.get(persistentVolumeClaims, { namespace, name: 'sent' })).status?.phase).toBe('Pending')

  // The token outlives the engine that gave it.
  const whole = ask(upload, { method: 'POST', headers })
  whole.end(disk)
  const [answer] = (await once(whole, 'response')) as [IncomingMessage]
  answer.resume()
  expect(answer.statusCode).toBe(200)
  await until('it is whole', phase, (now) => now === 'Succeeded')
  expect(await received()).toEqual([])
  const late = ask(upload, { method: 'POST', headers })
  late.end(disk)
  const [refusal] = (await once(late, 'response')) as [IncomingMessage]
  refusal.resume()
  expect(refusal.statusCode).toBe(409)

  await client.create(virtualMachineExports, {
    apiVersion: 'export.kubevirt.io/v1',
    kind: 'VirtualMachineExport',
    metadata: { name: 'out', namespace },
    spec: { source: { kind: 'PersistentVolumeClaim', name: 'sent' } },
  })
  const ready = () =>
    until(
      'the export is ready',
      () => client.get(virtualMachineExports, { namespace, name: 'out' }),
      ({ status }) => status?.phase === 'Ready',
    )
  const wanted = await ready()
  const { data } = await client.get(secrets, { namespace, name: wanted.status?.tokenSecretRef ?? '' })
  const shown = { 'x-kubevirt-export-token': Buffer.from(data?.['token'] ?? '', 'base64').toString() }
  const url = wanted.status?.links?.external?.volumes?.[0]?.formats?.[0]?.url ?? ''

  const download = ask(url, { headers: shown })
  download.on('error', () => {})
  download.end()
  const [body] = (await once(download, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  body.on('error', () => {})
  // Not read on: the engine dies with most of it still to be sent.
  const [chunk] = (await once(body, 'data')) as [Buffer]
  parts.push(chunk)
  body.pause()
  await restart()
  body.destroy()
  await ready()
  const from = parts.reduce((sum, { length }) => sum + length, 0)
  const etag = String(body.headers['etag'])
  const rest = ask(url, { headers: { ...shown, range: `bytes=${from}-`, 'if-range': etag } })
  rest.end()
  const [part] = (await once(rest, 'response')) as [IncomingMessage]
  expect([part.statusCode, part.headers['content-range']]).toEqual([206, `bytes ${from}-${32 * MiB - 1}/${32 * MiB}`])
  for await (const piece of part) parts.push(piece as Buffer)
  const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  const fetched = Buffer.concat(parts)
  expect(fetched.length).toBe(32 * MiB)
  expect(sha(fetched.subarray(0, disk.length))).toBe(sha(disk))
  await client.transport.close()
})
