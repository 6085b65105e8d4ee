import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { silentLogger, type Logger } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Attributes, UserInfo } from '../auth/user.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { requestOf } from '../testing/core-server.ts'
import { createAuditLog, type AuditLog, type AuditLogOptions } from './audit-log.ts'
import { auditLogFiles } from './log-files.ts'
import { registerAuditMetrics } from './metrics.ts'
import { readAuditPolicy, type AuditPolicy } from './policy.ts'
import { verifyAuditLog } from './verify.ts'

let directory: string
let path: string
let opened: AuditLog[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'))
  path = join(directory, 'audit.log')
  opened = []
})

afterEach(async () => {
  for (const log of opened) await log.close()
  rmSync(directory, { recursive: true, force: true })
})

const policyOf = (...rules: JsonObject[]): AuditPolicy =>
  readAuditPolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules })

const everything = policyOf({ level: 'RequestResponse' })
const ends = policyOf({ level: 'Metadata', omitStages: ['RequestReceived'] })

function open(options: Partial<AuditLogOptions> = {}): AuditLog {
  let ids = 0
  const uuid = (): string => `id-${(ids += 1)}`
  const log = createAuditLog({ path, policy: ends, clock: systemClock, logger: silentLogger, uuid, ...options })
  opened.push(log)
  return log
}

const ann: UserInfo = { name: 'ann', groups: ['dev'], uid: '7', extra: { scopes: ['a'] } }

const attributes = (more: Partial<Extract<Attributes, { kind: 'resource' }>> = {}): Attributes => ({
  kind: 'resource',
  user: ann,
  verb: 'create',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  namespace: 'prod',
  ...more,
})

const request = requestOf('POST', '/apis/apps/v1/namespaces/prod/deployments?dryRun=All', undefined, {
  'user-agent': 'kubectl/v1.33',
})

function keep(log: AuditLog, count: number): void {
  for (let each = 0; each < count; each += 1) log.begin(request, attributes({ name: `d-${each}` }))?.complete(200)
}

async function linesOf(file = path): Promise<JsonObject[]> {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)
}

describe('an event', () => {
  test('has the fields of audit.k8s.io/v1, one line for each stage', async () => {
    const log = open({ policy: everything })
    const record = log.begin({ ...request, remoteAddress: '10.0.0.9' }, attributes())
    const body = { kind: 'Deployment', metadata: { name: 'web', uid: 'u-1', managedFields: [{ manager: 'x' }] } }
    record?.requestObject(body)
    body.metadata.name = 'changed later'
    record?.annotate('authorization.k8s.io/decision', 'allow')
    record?.annotate('authorization.k8s.io/decision', 'a second word')
    record?.complete(201, JSON.stringify({ kind: 'Deployment', metadata: { name: 'web' } }))
    record?.complete(500)
    await log.close()
    const [received, complete, ...more] = await linesOf()
    expect(more).toEqual([])
    expect(received).toMatchObject({ stage: 'RequestReceived', auditID: 'id-1' })
    expect(received).not.toHaveProperty('responseStatus')
    expect(complete).toEqual({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: 'id-1',
      stage: 'ResponseComplete',
      requestURI: '/apis/apps/v1/namespaces/prod/deployments?dryRun=All',
      verb: 'create',
      user: { username: 'ann', uid: '7', groups: ['dev'], extra: { scopes: ['a'] } },
      sourceIPs: ['10.0.0.9'],
      userAgent: 'kubectl/v1.33',
      objectRef: {
        resource: 'deployments',
        namespace: 'prod',
        name: 'web',
        uid: 'u-1',
        apiGroup: 'apps',
        apiVersion: 'v1',
      },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'Deployment', metadata: { name: 'web', uid: 'u-1', managedFields: [{ manager: 'x' }] } },
      responseObject: { kind: 'Deployment', metadata: { name: 'web' } },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      stageTimestamp: expect.stringMatching(/\.\d{6}Z$/),
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'audit.berth.dev/sequence': '2',
        'audit.berth.dev/previous': expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
  })

  test('of somebody acting as another names both', async () => {
    const log = open()
    log.begin(request, attributes({ user: { name: 'bob', groups: ['x'], impersonator: ann } }))?.complete(200)
    await log.close()
    expect(await linesOf()).toMatchObject([{ user: { username: 'ann' }, impersonatedUser: { username: 'bob' } }])
  })

  test('of a failure holds its Status at every level', async () => {
    const log = open()
    const status = { kind: 'Status', metadata: {}, status: 'Failure', message: 'no', reason: 'Forbidden', code: 403 }
    log.begin(request, attributes())?.complete(403, JSON.stringify(status))
    await log.close()
    const [event] = await linesOf()
    expect(event).toMatchObject({
      responseStatus: { status: 'Failure', message: 'no', reason: 'Forbidden', code: 403 },
    })
    expect(event).not.toHaveProperty('responseObject')
  })

  test.each([
    ['my-id', 'my-id'],
    ['x'.repeat(65), 'id-1'],
    ['two words', 'id-1'],
    ['a\n{"kind":"Event"}', 'id-1'],
  ])('is named by the client (%j) within bounds', (header, id) => {
    const record = open().begin({ ...request, headers: { 'audit-id': header } }, attributes())
    expect(record?.id).toBe(id)
  })

  test('lists who claims to have forwarded it, then who connected', async () => {
    const log = open()
    const headers = { 'x-forwarded-for': '1.2.3.4, evil"}, ::1', 'x-real-ip': '5.6.7.8' }
    log.begin({ ...request, headers, remoteAddress: '10.0.0.9' }, attributes())?.complete(200)
    await log.close()
    expect(await linesOf()).toMatchObject([{ sourceIPs: ['1.2.3.4', '::1', '5.6.7.8', '10.0.0.9'] }])
  })

  test('of a watch says when it began; of a fault of ours that it was one', async () => {
    const log = open()
    const watch = log.begin(request, attributes({ verb: 'watch' }))
    watch?.responseStarted(200)
    watch?.complete(200)
    log.begin(request, attributes())?.panicked?.('boom')
    await log.close()
    expect((await linesOf()).map((event) => event['stage'])).toEqual(['ResponseStarted', 'ResponseComplete', 'Panic'])
  })

  test('too large is kept without its bodies, and says so', async () => {
    const log = open({ policy: everything, limits: { eventLength: 2000 } })
    const record = log.begin(request, attributes())
    record?.requestObject({ spec: 'x'.repeat(3000) })
    record?.complete(200)
    await log.close()
    const [, event] = await linesOf()
    expect(event).not.toHaveProperty('requestObject')
    expect(event).toMatchObject({ annotations: { 'audit.k8s.io/truncated': 'true' } })
  })
})

describe('no credential is ever kept', () => {
  const secret = 'c2VjcmV0'
  const cases: [string, Partial<Extract<Attributes, { kind: 'resource' }>>, unknown][] = [
    [
      'a secret',
      { group: '', resource: 'secrets' },
      { kind: 'Secret', data: { a: secret }, stringData: { b: secret } },
    ],
    ['a merge patch of one', { group: '', resource: 'secrets' }, { data: { a: secret } }],
    ['a JSON patch of one', { group: '', resource: 'secrets' }, [{ op: 'replace', path: '/data/a', value: secret }]],
    [
      'a secret that was applied',
      { group: '', resource: 'secrets' },
      {
        kind: 'Secret',
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${secret}"}` } },
      },
    ],
    ['a list of secrets', { group: '', resource: 'secrets' }, { kind: 'SecretList', items: [{ data: { a: secret } }] }],
    [
      'a patch of one that says it is something else',
      { group: '', resource: 'secrets' },
      { kind: 'ConfigMap', data: { a: secret } },
    ],
    ['a patch of one that is no good', { group: '', resource: 'secrets' }, { data: secret }],
    [
      'the metadata of a secret that was applied',
      { group: '', resource: 'secrets' },
      {
        kind: 'PartialObjectMetadata',
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${secret}"}` } },
      },
    ],
    [
      'a table of whole secrets',
      { group: '', resource: 'secrets' },
      { kind: 'Table', rows: [{ cells: ['a'], object: { kind: 'Secret', data: { a: secret } } }] },
    ],
    [
      'a review of a token',
      { group: 'authentication.k8s.io', resource: 'tokenreviews' },
      { kind: 'TokenReview', spec: { token: secret } },
    ],
    [
      'a requested token',
      { group: '', resource: 'serviceaccounts', subresource: 'token' },
      { kind: 'TokenRequest', status: { token: secret } },
    ],
    [
      'a token of another kind',
      { group: 'parcels.example', resource: 'parceltokenrequests' },
      { kind: 'ParcelTokenRequest', status: { token: secret } },
    ],
  ]
  test.each(cases)('%s', async (_, what, body) => {
    const log = open({ policy: everything })
    const record = log.begin(request, attributes(what))
    record?.requestObject(body)
    record?.complete(200, JSON.stringify(body))
    await log.close()
    const text = readFileSync(path, 'utf8')
    expect(text).not.toContain(secret)
    expect(text).toContain('<redacted>')
  })
})

describe('the chain', () => {
  test('goes on over restarts, kills and files put aside', async () => {
    for (let start = 0; start < 3; start += 1) {
      const log = open({ maxSizeMegabytes: 0.002 })
      keep(log, 10)
      await log.close()
      // What kill -9 in the middle of a write leaves.
      appendFileSync(path, '{"kind":"Event","half":"a li')
    }
    const log = open({ maxSizeMegabytes: 0.002 })
    const { head } = log
    await log.close()
    const files = auditLogFiles(path)
    expect(files.length).toBeGreaterThan(2)
    expect(await verifyAuditLog(files, { fromGenesis: true, head })).toEqual({ ok: true, lines: 30, first: 1, head })
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('may begin late, when old files were removed in time', async () => {
    const log = open({ maxSizeMegabytes: 0.002, maxBackups: 2, mode: 'blocking-strict' })
    keep(log, 20)
    await log.close()
    const files = auditLogFiles(path)
    expect(files).toHaveLength(3)
    expect(await verifyAuditLog(files)).toMatchObject({ ok: true, head: { sequence: 20 } })
    expect(await verifyAuditLog(files, { fromGenesis: true })).toMatchObject({ ok: false, problem: 'Missing' })
  })

  test('every removal, edit and swap of lines is found, and where', async () => {
    const log = open()
    keep(log, 12)
    const { length } = readdirSync(directory)
    expect(length).toBe(1)
    await log.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const head = log.head
    const index = fc.nat({ max: lines.length - 1 })
    const change = fc.oneof(
      index.map((at) => lines.filter((_, each) => each !== at)),
      fc
        .tuple(index, index)
        .map(([a, b]) => lines.map((line, each) => lines[each === a ? b : each === b ? a : each] ?? line)),
      fc
        .tuple(index, fc.nat())
        .map(([at, where]) =>
          lines.map((line, each) =>
            each === at ? `${line.slice(0, where % line.length)}~${line.slice((where % line.length) + 1)}` : line,
          ),
        ),
      index.map((at) => lines.slice(0, at)),
      index.map((at) => lines.toSpliced(at, 0, lines[at] ?? '')),
    )
    await fc.assert(
      fc.asyncProperty(change, async (changed) => {
        const copy = join(directory, 'copy')
        const text = changed.map((line) => `${line}\n`).join('')
        writeFileSync(copy, text)
        const { ok } = await verifyAuditLog([copy], { fromGenesis: true, head })
        expect(ok).toBe(text === `${lines.join('\n')}\n`)
      }),
      { numRuns: 100 },
    )
  })

  test('names the place', async () => {
    const log = open()
    keep(log, 5)
    await log.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    writeFileSync(path, `${lines.toSpliced(2, 1).join('\n')}\n`)
    expect(await verifyAuditLog([path])).toMatchObject({
      line: 3,
      problem: 'Missing',
      message: 'event 3 is missing before this line',
    })
    writeFileSync(path, `${lines.map((line, at) => (at === 1 ? line.replace('"ann"', '"bob"') : line)).join('\n')}\n`)
    expect(await verifyAuditLog([path])).toMatchObject({ line: 3, problem: 'Changed' })
    writeFileSync(path, `${lines.join('\n')}\n{"half`)
    expect(await verifyAuditLog([path])).toMatchObject({ line: 6, problem: 'Unfinished' })
  })
})

/** A log on a disk that is full until `free` is called. */
function fullDisk(): { free(): void } {
  symlinkSync('/dev/full', path)
  return { free: () => rmSync(path) }
}

describe('a full disk', () => {
  const complaints: string[] = []
  const logger: Logger = { ...silentLogger, error: (_, message) => void complaints.push(message) }

  test('does not stop requests of a batch log; what is lost is counted, said once, and marked in the log', async () => {
    const disk = fullDisk()
    complaints.length = 0
    const log = open({ logger, limits: { events: 3, batch: 1 } })
    keep(log, 5)
    expect(log.counts).toEqual({ written: 0, lost: 2, waiting: 3 })
    await expect.poll(() => complaints).toEqual(['the audit log cannot be written'])
    disk.free()
    await log.close()
    expect(log.counts).toEqual({ written: 3, lost: 2, waiting: 0 })
    expect(await linesOf()).toMatchObject([{ annotations: { 'audit.berth.dev/lost': '2' } }, {}, {}])
    expect(await verifyAuditLog([path], { head: log.head })).toMatchObject({ ok: true })
  })

  test('stops requests of a strict log until there is room again', async () => {
    const disk = fullDisk()
    const log = open({ logger, mode: 'blocking-strict', policy: policyOf({ level: 'Metadata' }) })
    expect(() => log.begin(request, attributes())).toThrow(/audit log cannot be written: ENOSPC/)
    disk.free()
    log.begin(request, attributes())?.complete(200)
    expect((await linesOf()).map((event) => event['stage'])).toEqual([
      'RequestReceived',
      'RequestReceived',
      'ResponseComplete',
    ])
  })
})

test('the numbers of the log are metrics', async () => {
  const log = open({ mode: 'blocking-strict' })
  const registry = new Registry()
  registerAuditMetrics(registry, log)
  keep(log, 2)
  for (let each = 0; each < 2; each += 1) {
    const text = await registry.metrics()
    expect(text).toContain('apiserver_audit_event_total 2')
    expect(text).toContain('apiserver_audit_error_total{plugin="log"} 0')
    expect(text).toContain('berth_audit_events_waiting 0')
  }
})

test('a log that cannot be opened says which and what to do', () => {
  expect(() => open({ path: '/dev/null/audit.log' })).toThrow(
    expect.objectContaining({ code: 'Unwritable', message: expect.stringContaining('/dev/null/audit.log') }),
  )
})
