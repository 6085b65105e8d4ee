import { afterEach, describe, expect, it } from 'vitest'
import type { AuditRecord, AuditSink } from '../audit/sink.ts'
import { boat, boatsPath, openHarbour, sailor, type Harbour } from './testing/harbour.ts'
import { openTlsHarbour } from './testing/tls-harbour.ts'

let harbour: Harbour
afterEach(() => harbour.close())

describe('methods', () => {
  it.each([
    ['PUT', boatsPath, 'GET, HEAD, POST, DELETE'],
    ['POST', '/apis/harbour.example/v1/boats', 'GET, HEAD'],
    ['POST', `${boatsPath}/gull`, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['OPTIONS', `${boatsPath}/gull`, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['BREW', boatsPath, 'GET, HEAD, POST, DELETE'],
    ['DELETE', `${boatsPath}/gull/status`, 'GET, HEAD, PUT, PATCH'],
    ['GET', `${boatsPath}/gull/horn`, 'PUT'],
    ['DELETE', '/version', 'GET, HEAD'],
    ['GET', '/apis/harbour.example/v1/tides', 'POST'],
  ])('%s %s is refused with what is allowed', async (method, path, allow) => {
    harbour = await openHarbour()
    const reply = await harbour.ask(method, path)
    expect(reply).toMatchObject({ code: 405, headers: { allow }, json: { reason: 'MethodNotAllowed' } })
  })
})

describe('?timeout', () => {
  it.each([
    ['abc', 400, 'invalid timeout specified in the request URL - time: invalid duration "abc"'],
    ['5', 400, 'invalid timeout specified in the request URL - time: missing unit in duration "5"'],
    ['30s', 200, ''],
    ['-1s', 200, ''],
    ['100000h', 200, ''],
  ])('%s gives %i', async (timeout, code, message) => {
    harbour = await openHarbour()
    const reply = await harbour.ask('GET', `${boatsPath}?timeout=${timeout}`)
    expect([reply.code, reply.json['message'] ?? '']).toEqual([code, message])
  })
})

/** What a log hears, in order. */
class HeardLog implements AuditSink {
  readonly heard: string[] = []
  readonly level: AuditRecord['level']

  constructor(level: AuditRecord['level']) {
    this.level = level
  }

  begin(...[request, attributes]: Parameters<AuditSink['begin']>): AuditRecord {
    const { heard, level } = this
    heard.push(`begin ${attributes.verb} from ${request.remoteAddress ?? 'within'}`)
    return {
      level,
      id: 'audit-7',
      annotate: (key, value) => heard.push(`${key}=${value}`),
      requestObject: (object) => heard.push(`request ${JSON.stringify(object)}`),
      responseStarted: (code) => heard.push(`started ${code}`),
      complete: (code, body) => heard.push(`complete ${code} ${body === undefined ? 'unseen' : body.length > 0}`),
    }
  }
}

describe('the audit log', () => {
  it('hears of a request, its body and its answer', async () => {
    const audit = new HeardLog('RequestResponse')
    harbour = await openHarbour({ audit })
    audit.heard.length = 0
    const body = boat('gull')
    const reply = await harbour.ask('POST', boatsPath, { body })
    expect(reply.headers['audit-id']).toBe('audit-7')
    expect(audit.heard).toEqual([
      'begin create from within',
      'authorization.k8s.io/decision=allow',
      'authorization.k8s.io/reason=',
      `request ${JSON.stringify(body)}`,
      'complete 201 true',
    ])
  })

  it('hears of refusals with their Status, and sees no other bodies at level Metadata', async () => {
    const audit = new HeardLog('Metadata')
    harbour = await openHarbour({ audit, authorizer: { authorize: () => ({ allowed: false, reason: 'no' }) } })
    audit.heard.length = 0
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    expect(audit.heard).toEqual([
      'begin create from within',
      'authorization.k8s.io/decision=forbid',
      'complete 403 true',
    ])
  })

  it('hears of the beginning and the end of a watch, and where it came from', async () => {
    const audit = new HeardLog('Request')
    const tls = await openTlsHarbour({ audit, authenticator: { authenticate: async () => sailor } })
    harbour = tls
    audit.heard.length = 0
    const { code } = await tls.http1('GET', `${boatsPath}?watch=1&timeoutSeconds=-1`)
    expect(code).toBe(200)
    expect(audit.heard).toEqual([
      'begin watch from 127.0.0.1',
      'authorization.k8s.io/decision=allow',
      'authorization.k8s.io/reason=',
      'started 200',
      'complete 200 unseen',
    ])
  })
})

it('the metrics count stored objects by resource', async () => {
  harbour = await openHarbour()
  await harbour.ask('POST', boatsPath, { body: boat('gull') })
  const { text } = await harbour.ask('GET', '/metrics')
  expect(text).toContain('apiserver_storage_objects{resource="boats.harbour.example"} 1')
  expect(text).toContain('apiserver_storage_objects{resource="namespaces"} 2')
  expect(text).not.toContain('resource="tides')
})

describe('every answer', () => {
  it('names its audit event, its flow and its priority level', async () => {
    harbour = await openHarbour()
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
    expect((await harbour.ask('GET', boatsPath)).headers).toMatchObject({
      'audit-id': uuid,
      'x-kubernetes-pf-flowschema-uid': uuid,
      'x-kubernetes-pf-prioritylevel-uid': uuid,
    })
  })
})
