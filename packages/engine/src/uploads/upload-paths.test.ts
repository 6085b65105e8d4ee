import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { cdiConfigs, dataVolumes } from '@berth/api'
import { createClient, createLocalTransport, persistentVolumeClaims } from '@berth/kube'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePattern } from '../testing/disk-content.ts'
import { dataVolumeOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const MiB = 1024 ** 2
/** No text, and no disk of any other format than raw. */
const disk = Buffer.alloc(4 * MiB, 3)

let test: TestEngine

interface Sending {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: Buffer
  /** Sent without a length. */
  chunked?: boolean
}

async function send({ path = 'upload', method = 'POST', headers = {}, body = disk, chunked = false }: Sending) {
  const length = chunked || method === 'HEAD' ? {} : { 'content-length': String(body.length) }
  const asked = request(`${test.engine.server}/v1beta1/${path}`, {
    method,
    ca: test.engine.pki.caCertificate,
    agent: false,
    headers: { ...length, ...headers },
  })
  asked.end(method === 'HEAD' ? undefined : body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { code: response.statusCode, text, headers: response.headers }
}

async function tokenFor(pvcName: string): Promise<string> {
  const answer = await test.client.raw({
    method: 'POST',
    path: `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`,
    body: {
      apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
      kind: 'UploadTokenRequest',
      metadata: { name: 'x' },
      spec: { pvcName },
    },
  })
  return (answer as { status: { token: string } }).status.token // as the kind has it
}

const phaseOf = async (name: string) => (await test.find(dataVolumes, name))?.status?.phase

/** A DataVolume that waits for an upload. @returns the header that lets one in */
async function target(name: string): Promise<Record<string, string>> {
  const storage = { resources: { requests: { storage: '8Mi' } } }
  await test.client.create(dataVolumes, dataVolumeOf(name, { source: { upload: {} }, storage }))
  await until(
    `${name} is ready`,
    () => phaseOf(name),
    (phase) => phase === 'UploadReady',
  )
  return { authorization: `Bearer ${await tokenFor(name)}` }
}

const whole = (name: string) =>
  until(
    `${name} is whole`,
    () => phaseOf(name),
    (phase) => phase === 'Succeeded',
  )

beforeAll(async () => {
  test = await TestEngine.start()
})
afterAll(() => test[Symbol.asyncDispose]())

describe('the upload proxy', () => {
  it('is where the configuration says', async () => {
    const config = await test.client.get(cdiConfigs, { name: 'config' })
    expect(config.status?.uploadProxyURL).toBe(test.engine.server)
  })

  it('asks for a token', async () => {
    expect((await send({})).code).toBe(400)
    expect((await send({ headers: { authorization: 'Basic eDp4' } })).code).toBe(400)
    const { code, headers } = await send({
      headers: { authorization: 'Bearer no.such.token', origin: 'https://a.example' },
    })
    expect(code).toBe(401)
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('gives tokens only to who may create them, and for claims that wait', async () => {
    const storage = { accessModes: ['ReadWriteOnce' as const], resources: { requests: { storage: '8Mi' } } }
    await test.client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'plain', namespace },
      spec: storage,
    })
    await expect(tokenFor('plain')).rejects.toThrow('does not wait for an upload')
    await expect(tokenFor('none')).rejects.toThrow('not found')
    const user = { name: 'eve', groups: ['system:authenticated'] }
    const eve = createClient(createLocalTransport({ handle: test.engine.api.handler, user }))
    const path = `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`
    const body = {
      apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
      kind: 'UploadTokenRequest',
      spec: { pvcName: 'plain' },
    }
    await expect(eve.raw({ method: 'POST', path, body })).rejects.toMatchObject({ code: 'Forbidden' })
    await eve.transport.close()
  })

  it('says before anything is sent that a claim which is not blank takes nothing', async () => {
    const plain = { namespace, name: 'written' }
    await test.client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: plain,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Mi' } } },
    })
    const { spec } = await until(
      'it is bound',
      () => test.client.get(persistentVolumeClaims, plain),
      ({ status }) => status?.phase === 'Bound',
    )
    const images = await test.engine.services.volumes.images(spec.volumeName ?? '')
    const patch = { metadata: { annotations: { 'cdi.kubevirt.io/storage.upload.target': '' } } }
    await test.client.patch(persistentVolumeClaims, plain, { type: 'merge', patch })
    const token = await tokenFor('written')
    await writePattern(images, [{ at: 0, bytes: 512, value: 7 }])
    await expect(tokenFor('written')).rejects.toMatchObject({ code: 'Conflict' })
    await expect(tokenFor('written')).rejects.toThrow('it is not blank, and what it holds would be lost')
    const refused = await send({ headers: { authorization: `Bearer ${token}` } })
    expect(refused).toMatchObject({ code: 409, text: expect.stringContaining('not blank') })
  })

  it.each([
    ['upload', {}],
    ['upload-async', {}],
    ['upload', { chunked: true }],
  ] as const)('takes a disk at %s (%j), once', async (path, more) => {
    const name = `taken-${path}-${Object.keys(more).length}`
    const headers = await target(name)
    expect((await send({ path, method: 'HEAD', headers })).code).toBe(200)
    expect(await send({ path, headers, ...more })).toMatchObject({ code: 200, text: '' })
    await whole(name)
    expect((await send({ path, headers })).code).toBe(409)
    expect((await send({ path, method: 'HEAD', headers })).code).toBe(409)
  })

  it('takes a disk from a form', async () => {
    const headers = await target('form')
    const body = Buffer.concat([
      Buffer.from('--XX\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      disk,
      Buffer.from('\r\n--XX--\r\n'),
    ])
    const type = { 'content-type': 'multipart/form-data; boundary=XX' }
    expect((await send({ path: 'upload-form', headers, body })).code).toBe(400)
    expect((await send({ path: 'upload-form', headers: { ...headers, ...type }, body })).code).toBe(200)
    await whole('form')
  })

  it.each([
    ['is no disk', Buffer.from('<html>'.repeat(1000)), 'not a disk image'],
    ['is too large', Buffer.alloc(12 * MiB, 3), 'Ask for at least 12Mi'],
  ])('says that what was sent %s, and takes another', async (what, body, words) => {
    const name = `again-${what.length}`
    const headers = await target(name)
    for (const path of ['upload', 'upload-async']) {
      expect(await send({ path, headers, body })).toMatchObject({ code: 400, text: expect.stringContaining(words) })
    }
    expect((await send({ headers })).code).toBe(200)
    await whole(name)
  })

  it('takes one upload at a time, and forgets one that broke', async () => {
    const headers = await target('shared')
    const slow = request(`${test.engine.server}/v1beta1/upload`, {
      method: 'POST',
      ca: test.engine.pki.caCertificate,
      agent: false,
      headers: { ...headers, 'content-length': disk.length },
    })
    slow.on('error', () => {})
    slow.write(disk.subarray(0, MiB))
    await until(
      'the upload is under way',
      () => test.engine.services.uploads.state({ namespace, name: 'shared' }),
      (state) => state === 'busy',
    )
    expect((await send({ headers })).code).toBe(503)
    slow.destroy()
    await until(
      'the next may come',
      async () => (await send({ headers, method: 'HEAD' })).code,
      (code) => code === 200,
    )
    expect((await send({ headers })).code).toBe(200)
    await whole('shared')
  })

  it('takes no archive, and nothing for a later claim of the same name', async () => {
    const headers = await target('gone')
    expect((await send({ path: 'upload-archive', headers })).text).toContain('hold a disk image and no files')
    await test.client.delete(dataVolumes, { namespace, name: 'gone' })
    await test.gone(persistentVolumeClaims, 'gone')
    expect((await send({ headers })).code).toBe(503)
    await target('gone')
    expect((await send({ headers })).code).toBe(503)
  })
})
