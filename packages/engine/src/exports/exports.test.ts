import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { virtualMachineExports, type VirtualMachineExport } from '@berth/api'
import { checkImage, convertImage } from '@berth/imaging'
import { persistentVolumeClaims, secrets, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestEngine, namespace } from '../testing/test-engine.ts'
import { machineWithClaims } from '../testing/export-fixtures.ts'
import { until } from '../testing/until.ts'
import { makeFilesFolder } from '../volumes/claim-files.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'

const MiB = 1024 ** 2

let test: TestEngine
let content: Buffer

interface Reply {
  code: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  /** The connection broke before the body was whole. */
  broken: boolean
}

function get(
  url: string,
  {
    headers = {},
    method = 'GET',
    onData,
  }: { headers?: Record<string, string>; method?: string; onData?: () => void } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const ca = test.engine.pki.caCertificate
    const asked = request(url, { ca, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      const done = (): void =>
        resolve({
          code: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          broken: !response.complete,
        })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        onData?.()
      })
      response.on('end', done)
      response.on('error', done)
    })
    asked.on('error', reject)
    asked.end()
  })
}

const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function claimOf(name: string, bytes: number): Promise<PersistentVolumeClaim> {
  await test.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: String(bytes) } } },
  })
  return bound(name)
}

async function bound(name: string): Promise<PersistentVolumeClaim> {
  const claim = await until(
    `${name} is bound`,
    () => test.find(persistentVolumeClaims, name),
    (found) => found?.status?.phase === 'Bound',
  )
  if (claim === undefined) throw new Error('no claim')
  return claim
}

async function fill(claim: PersistentVolumeClaim, bytes: Buffer): Promise<void> {
  const { path } = await test.engine.services.volumes.images(volumeNameFor(claim))
  const raw = join(test.dataDir, 'pattern.raw')
  await writeFile(raw, bytes)
  await convertImage({ source: { path: raw, format: 'raw' }, target: { path: `${path}.new`, format: 'qcow2' } })
  await writeFile(path, await readFile(`${path}.new`))
}

async function exportOf(name: string, spec: VirtualMachineExport['spec']): Promise<void> {
  await test.client.create(virtualMachineExports, {
    apiVersion: 'export.kubevirt.io/v1',
    kind: 'VirtualMachineExport',
    metadata: { name, namespace },
    spec,
  })
}

async function ready(name: string): Promise<{ wanted: VirtualMachineExport; token: string }> {
  const wanted = await until(
    `${name} is ready`,
    () => test.find(virtualMachineExports, name),
    (found) => found?.status?.phase === 'Ready',
  )
  if (wanted === undefined) throw new Error('no export')
  const secret = await test.find(secrets, wanted.status?.tokenSecretRef ?? '')
  return { wanted, token: Buffer.from(secret?.data?.['token'] ?? '', 'base64').toString() }
}

function urlOf({ status }: VirtualMachineExport, format: string): string {
  const found = status?.links?.external?.volumes?.[0]?.formats?.find((each) => each.format === format)
  return found?.url ?? ''
}

const pvc = (name: string) => ({ kind: 'PersistentVolumeClaim', name })

beforeAll(async () => {
  test = await TestEngine.start()
  content = Buffer.alloc(24 * MiB)
  randomBytes(5 * MiB).copy(content, 3 * MiB + 77)
  await fill(await claimOf('disk', content.length), content)
})
afterAll(() => test[Symbol.asyncDispose]())

describe('the export of a claim', () => {
  let wanted: VirtualMachineExport
  let token: string
  const header = (): Record<string, string> => ({ 'x-kubevirt-export-token': token })

  beforeAll(async () => {
    await exportOf('e', { source: pvc('disk') })
    ;({ wanted, token } = await ready('e'))
  })

  it('says where its disk is, in all forms, and makes its own token', () => {
    expect(token).toMatch(/^[A-Za-z0-9]{20}$/)
    expect(wanted.status).toMatchObject({
      tokenSecretRef: 'export-token-e',
      serviceName: 'virt-export-e',
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Ready', status: 'True', reason: 'PodReady' }),
        expect.objectContaining({ type: 'PVCReady', status: 'True', reason: 'PVCBound' }),
      ]),
    })
    const { formats } = wanted.status?.links?.external?.volumes?.[0] ?? {}
    expect(formats?.map(({ format }) => format)).toEqual(['raw', 'gzip', 'qcow2'])
    expect(urlOf(wanted, 'raw')).toBe(
      `${test.engine.server}/api/export.kubevirt.io/v1/namespaces/default/virtualmachineexports/e/volumes/disk/disk.img`,
    )
    expect(wanted.status?.links?.external?.cert).toContain('BEGIN CERTIFICATE')
  })

  it('gives the disk bit for bit: raw, packed, and as qcow2', async () => {
    const raw = await get(urlOf(wanted, 'raw'), { headers: header() })
    expect(raw).toMatchObject({ code: 200, broken: false, headers: { 'content-length': String(content.length) } })
    expect(sha(raw.body)).toBe(sha(content))
    const packed = await get(urlOf(wanted, 'gzip'), { headers: header() })
    expect(packed.body.length).toBeLessThan(7 * MiB)
    expect(sha(gunzipSync(packed.body))).toBe(sha(content))
    const qcow2 = await get(urlOf(wanted, 'qcow2'), { headers: header() })
    const path = join(test.dataDir, 'out.qcow2')
    await writeFile(path, qcow2.body)
    expect(await checkImage({ path })).toMatchObject({ state: 'clean' })
    await convertImage({ source: { path, format: 'qcow2' }, target: { path: `${path}.raw`, format: 'raw' } })
    expect(sha(await readFile(`${path}.raw`))).toBe(sha(content))
  })

  it.each(['raw', 'qcow2'])('goes on where a download of %s broke', async (format) => {
    const whole = await get(urlOf(wanted, format), { headers: header() })
    const etag = String(whole.headers['etag'])
    const from = 4 * MiB + 123
    const rest = await get(urlOf(wanted, format), {
      headers: { ...header(), range: `bytes=${from}-`, 'if-range': etag },
    })
    expect(rest).toMatchObject({
      code: 206,
      headers: { 'content-range': `bytes ${from}-${whole.body.length - 1}/${whole.body.length}` },
    })
    expect(rest.body.equals(whole.body.subarray(from))).toBe(true)
    const changed = { ...header(), range: `bytes=${from}-`, 'if-range': '"another"' }
    expect((await get(urlOf(wanted, format), { headers: changed })).code).toBe(200)
    const outside = { ...header(), range: `bytes=${whole.body.length}-` }
    expect((await get(urlOf(wanted, format), { headers: outside })).code).toBe(416)
  })

  it('opens with its token only, and says the same of what there is not', async () => {
    const url = urlOf(wanted, 'raw')
    const wrong: Record<string, string>[] = [
      {},
      { 'x-kubevirt-export-token': '' },
      { 'x-kubevirt-export-token': `${token}x` },
    ]
    for (const headers of wrong) expect((await get(url, { headers })).code).toBe(401)
    expect((await get(url.replace('/e/', '/f/'), { headers: header() })).code).toBe(401)
    expect((await get(url.replace('/default/', '/kube-system/'), { headers: header() })).code).toBe(401)
    expect((await get(`${url}?x-kubevirt-export-token=${token}`, { method: 'HEAD' })).code).toBe(200)
    expect((await get(url, { headers: header(), method: 'POST' })).code).toBe(400)
  })

  it.each([
    'volumes/other/disk.img',
    'volumes/disk/disk.tar.gz',
    'volumes/disk/dir/',
    'volumes/..%2f/disk.img',
    '',
    'internal/manifests/all',
  ])('has nothing at %j', async (rest) => {
    const url = urlOf(wanted, 'raw').replace('volumes/disk/disk.img', rest)
    expect((await get(url, { headers: header() })).code).toBe(404)
  })

  it('takes no more than a few downloads at once', async () => {
    const url = urlOf(wanted, 'gzip')
    const { downloads } = { downloads: Array.from({ length: 8 }, () => get(url, { headers: header() })) }
    const codes = (await Promise.all(downloads)).map(({ code }) => code)
    expect(codes.filter((code) => code === 200).length).toBeGreaterThanOrEqual(4)
    expect(codes.filter((code) => code !== 200).every((code) => code === 503)).toBe(true)
    expect(codes).toContain(503)
    expect((await get(url, { headers: header() })).code).toBe(200)
  })

  it('waits while a machine has the disk, cuts who downloads, and lets the machine start', async () => {
    await test.create(machineWithClaims('user', ['disk'], 'Halted'))
    let cut: Promise<unknown> | undefined
    const reply = await get(urlOf(wanted, 'raw'), {
      headers: header(),
      onData: () => {
        cut ??= test.act('user', 'start')
      },
    })
    await cut
    await test.running('user')
    // Either it was through by then, or it broke: never a part that passes for the whole.
    if (!reply.broken) expect(sha(reply.body)).toBe(sha(content))
    await until(
      'the export waits',
      () => test.find(virtualMachineExports, 'e'),
      (found) => found?.status?.phase === 'Pending',
    )
    const pending = await test.find(virtualMachineExports, 'e')
    expect(pending?.status?.conditions).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'False', reason: 'InUse' })]),
    )
    expect((await get(urlOf(wanted, 'raw'), { headers: header() })).code).toBe(503)
    await test.act('user', 'stop')
    ;({ wanted } = await ready('e'))
    expect((await get(urlOf(wanted, 'raw'), { headers: header() })).code).toBe(200)
  })
})

describe('the export of a machine', () => {
  it('has all its disks, and a manifest that makes it again from them', async () => {
    await claimOf('second', 8 * MiB)
    await test.create(machineWithClaims('twodisks', ['disk', 'second'], 'Halted'))
    await test.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mine', namespace },
      data: { token: Buffer.from('my-own-token').toString('base64') },
    })
    const source = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'twodisks' }
    await exportOf('whole', { source, tokenSecretRef: 'mine' })
    const { wanted, token } = await ready('whole')
    expect(token).toBe('my-own-token')
    expect(wanted.status?.virtualMachineName).toBe('twodisks')
    const { volumes, manifests } = wanted.status?.links?.external ?? {}
    expect(volumes?.map(({ name }) => name)).toEqual(['disk', 'second'])
    const headers = { 'x-kubevirt-export-token': token, accept: 'application/json' }
    const [all, secret] = await Promise.all(
      (manifests ?? []).map(async ({ url }) => JSON.parse(String((await get(url, { headers })).body))),
    )
    expect(
      all.items.map((item: { kind: string; metadata: { name: string } }) => `${item.kind} ${item.metadata.name}`),
    ).toEqual(['ConfigMap export-ca-cm-whole', 'VirtualMachine twodisks', 'DataVolume disk', 'DataVolume second'])
    expect(all.items[2].spec.source.http).toEqual({
      url: expect.stringContaining('/volumes/disk/disk.img.gz'),
      certConfigMap: 'export-ca-cm-whole',
      secretExtraHeaders: ['header-secret-whole'],
    })
    expect(JSON.stringify(all)).not.toContain(token)
    expect(secret.items[0].stringData).toEqual({ token: `x-kubevirt-export-token:${token}` })
    const yaml = await get(manifests?.[0]?.url ?? '', { headers: { ...headers, accept: 'application/yaml' } })
    expect(String(yaml.body)).toMatch(/^apiVersion: "v1"\nkind: "ConfigMap"\n/)
  })

  it('without disks is skipped', async () => {
    await test.create(machineWithClaims('bare', [], 'Halted'))
    await exportOf('none', { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'bare' } })
    await until(
      'the export is skipped',
      () => test.find(virtualMachineExports, 'none'),
      (found) => found?.status?.phase === 'Skipped',
    )
  })
})

describe('an export', () => {
  it('goes when its time is over, with its secret', async () => {
    await exportOf('short', { source: pvc('second'), ttlDuration: '2m' })
    const { wanted } = await ready('short')
    expect(
      Date.parse(wanted.status?.ttlExpirationTime ?? '') - Date.parse(wanted.metadata.creationTimestamp ?? ''),
    ).toBe(120_000)
    test.clock.leap(121_000)
    await test.gone(virtualMachineExports, 'short')
    await test.gone(secrets, 'export-token-short')
  })

  it('is refused when its time is none', async () => {
    await expect(exportOf('odd', { source: pvc('second'), ttlDuration: 'soon' })).rejects.toThrow()
  })

  it('makes no key of a secret that is somebody else’s', async () => {
    await test.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'export-token-sly', namespace },
      data: { token: Buffer.from('password').toString('base64') },
    })
    await exportOf('sly', { source: pvc('second') })
    const sly = await until(
      'the export was looked at',
      () => test.find(virtualMachineExports, 'sly'),
      (found) => found?.status?.phase !== undefined,
    )
    expect(sly?.status?.tokenSecretRef).toBeUndefined()
    const url = `${test.engine.server}/api/export.kubevirt.io/v1/namespaces/default/virtualmachineexports/sly/volumes/second/disk.img`
    expect((await get(url, { headers: { 'x-kubevirt-export-token': 'password' } })).code).toBe(401)
  })

  it('of a claim that keeps files gives them, and nothing that a link leads to', async () => {
    const claim = await claimOf('files', 8 * MiB)
    const folder = await makeFilesFolder(test.engine.services, claim)
    // As backups lie on their claim.
    const deep = `sub/${'d'.repeat(80)}/${'f'.repeat(80)}.qcow2`
    await mkdir(join(folder, dirname(deep)), { recursive: true })
    await writeFile(join(folder, deep), 'blocks')
    await mkdir(join(folder, '.partial-1'))
    await writeFile(join(folder, '.partial-1', 'half.qcow2'), 'half')
    await writeFile(join(folder, 'a <b>.dump'), 'memory')
    await symlink('/etc/passwd', join(folder, 'link'))
    await exportOf('f', { source: pvc('files') })
    const { wanted, token } = await ready('f')
    const headers = { 'x-kubevirt-export-token': token }
    const list = await get(urlOf(wanted, 'dir'), { headers })
    expect(String(list.body)).toContain('<a href="a%20%3Cb%3E.dump">a &#60;b&#62;.dump</a>')
    expect(String(list.body)).not.toContain('link')
    expect(String((await get(`${urlOf(wanted, 'dir')}a%20%3Cb%3E.dump`, { headers })).body)).toBe('memory')
    for (const name of ['link', '..', '%2e%2e%2f', 'sub', '%00', '%ff'])
      expect((await get(`${urlOf(wanted, 'dir')}${name}`, { headers })).code).toBe(404)
    const archive = gunzipSync((await get(urlOf(wanted, 'tar.gz'), { headers })).body)
    expect(archive.toString('utf8', 0, 10)).toBe('a <b>.dump')
    expect(archive.toString('latin1', 512, 518)).toBe('memory')
    expect(archive.includes('half')).toBe(false)
    expect(String((await get(`${urlOf(wanted, 'dir')}${encodeURIComponent(deep)}`, { headers })).body)).toBe('blocks')
    await writeFile(join(folder, '.all.tar'), archive)
    const { stdout } = await promisify(execFile)('tar', ['-xOf', join(folder, '.all.tar'), deep])
    expect(stdout).toBe('blocks')
    expect((await get(urlOf(wanted, 'dir').replace('dir/', 'disk.img'), { headers })).code).toBe(404)
    expect(await unlessMissing(test.client.get(persistentVolumeClaims, { namespace, name: 'files' }))).toBeDefined()
  })
})
