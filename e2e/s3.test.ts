// Disks from a real S3 server: versitygw, built where Go is there.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { dataVolumes, type DataVolume } from '@berth/api'
import { persistentVolumeClaims, secrets } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { buildGo, eventually, freePort, useEngine } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const program = await buildGo({
  folder: join(import.meta.dirname, 's3'),
  package: 'github.com/versity/versitygw/cmd/versitygw',
  name: 'versitygw',
})
const skipped = 'skipped' in program ? program.skipped : undefined
const path = 'path' in program ? program.path : ''

const namespace = 'default'
const account = { id: 'berth', secret: 'a long secret' }
const object = 'disk (1) ü.img'
const address = (endpoint: string): string => endpoint + encodeURIComponent(object)

describe.skipIf(skipped !== undefined)(`a real S3 server${skipped === undefined ? '' : ` (${skipped})`}`, () => {
  const engine = useEngine({ driver: 'simulated' })
  let server: ChildProcess | undefined
  let endpoint = ''
  let image = ''

  beforeAll(async () => {
    const { scratch, client } = engine()
    const [bucket, sidecar] = [join(scratch, 's3', 'images'), join(scratch, 'sidecar')]
    for (const folder of [join(bucket, 'folder'), sidecar]) await mkdir(folder, { recursive: true })
    image = join(bucket, 'folder', object)
    await run('qemu-img', ['create', '-q', '-f', 'raw', image, '4M'])
    await run('qemu-io', ['-f', 'raw', '-c', 'write -P 0xab 1M 1M', image])
    const port = await freePort()
    server = spawn(path, ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', sidecar, join(scratch, 's3')], {
      env: { ...process.env, ROOT_ACCESS_KEY: account.id, ROOT_SECRET_KEY: account.secret },
      stdio: 'ignore',
    })
    while (!(await listens(port))) await wait(50)
    endpoint = `http://127.0.0.1:${port}/images/folder/`
    for (const [name, secret] of Object.entries({ right: account.secret, wrong: 'another' }))
      await client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData: { accessKeyId: account.id, secretKey: secret },
      })
  })

  afterAll(async () => {
    if (server === undefined || server.exitCode !== null) return
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  })

  async function imported(name: string, s3: { url: string; secretRef?: string }): Promise<DataVolume> {
    const { client } = engine()
    await client.create(dataVolumes, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name, namespace },
      spec: { source: { s3 }, storage: { resources: { requests: { storage: '8Mi' } } } },
    })
    return eventually(
      async () => {
        const found = await client.get(dataVolumes, { namespace, name })
        const running = getCondition(found.status?.conditions, 'Running')
        if (found.status?.phase !== 'Succeeded' && running?.reason !== 'Error') throw new Error('not over yet')
        return found
      },
      { what: `${name} is over` },
    )
  }
  const problem = ({ status }: DataVolume): string => getCondition(status?.conditions, 'Running')?.message ?? ''

  it('gives objects to who signs, whatever their name', async () => {
    const made = await imported('signed', { url: address(endpoint), secretRef: 'right' })
    expect(made.status?.phase).toBe('Succeeded')
    const { client, services } = engine()
    const claim = await client.get(persistentVolumeClaims, { namespace, name: 'signed' })
    const disk = await services.volumes.images(claim.spec.volumeName ?? '')
    // Fails when they differ; what one has beyond the other's end must be zeros.
    await run('qemu-img', ['compare', '-f', disk.format, '-F', 'raw', disk.path, image])
  })

  it('refuses a wrong secret, and nobody', async () => {
    expect(problem(await imported('wrong', { url: address(endpoint), secretRef: 'wrong' }))).not.toBe('')
    expect(problem(await imported('nobody', { url: address(endpoint) }))).not.toBe('')
  })

  it('has no such object', async () => {
    expect(problem(await imported('missing', { url: `${endpoint}none`, secretRef: 'right' }))).toContain('none')
  })
})

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
