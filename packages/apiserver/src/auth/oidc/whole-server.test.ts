import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '@berth/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openControlPlane } from '../../control-plane/control-plane.ts'
import { systemClock } from '../../control-plane/system-clock.ts'
import { requestOf } from '../../testing/core-server.ts'
import { openPki } from '../pki.ts'
import { simpleOidcIssuer } from './simple-options.ts'
import { startIssuer, type TestIssuer } from './testing/issuer.ts'

let provider: TestIssuer
beforeAll(async () => {
  provider = await startIssuer()
})
afterAll(() => provider.close())

test('through the whole server: somebody of an issuer asks who they are, and the server tells others', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'oidc-'))
  const pki = await openPki({ directory, clock: systemClock })
  const known = { issuerUrl: provider.url, clientId: 'urn:berth', certificateAuthority: provider.ca }
  const issuers = [simpleOidcIssuer({ ...known, groupsClaim: 'teams', groupsPrefix: 'oidc:' })]
  const plane = await openControlPlane({ store: createMemoryStore(), pki, issuers })
  try {
    const { port } = await plane.listen({ host: '127.0.0.1', port: 0 })
    const token = await provider.token({ claims: { teams: ['dev'] } })
    const ask = (path: string, body: object) => post({ port, ca: pki.caCertificate, path, token, body })
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const whoami = (): Promise<unknown> => ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', review)
    const user = { username: `${provider.url}#tests`, groups: ['oidc:dev', 'system:authenticated'] }
    await expect.poll(whoami).toMatchObject({ status: { userInfo: user } })
    const question = { ...review, kind: 'TokenReview', spec: { token } }
    const answer = await plane.handler(requestOf('POST', '/apis/authentication.k8s.io/v1/tokenreviews', question))
    expect(JSON.parse(answer.kind === 'full' ? answer.body.toString() : '')).toMatchObject({
      status: { authenticated: true, user, audiences: [plane.tokens.issuer] },
    })
    const forged = `${token.slice(0, -6)}AAAAAA`
    expect(await post({ port, ca: pki.caCertificate, path: '/api', token: forged, body: {} })).toMatchObject({
      code: 401,
    })
  } finally {
    await plane.close()
    rmSync(directory, { recursive: true })
  }
})

function post(to: { port: number; ca: string; path: string; token: string; body: object }): Promise<unknown> {
  const { port, ca, path, token, body } = to
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, ca, path, method: 'POST', headers, agent: false },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        incoming.on('end', () => resolve(JSON.parse(text)))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}
