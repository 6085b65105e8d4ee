/** A real OpenID Connect provider over TLS on this machine, whose keys can be changed and which can be away. */

import { generateKeyPairSync } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { makeCa, makeLeaf } from '../../pki/certificates.ts'

export interface TestIssuer {
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Paths asked for so far. */
  readonly asked: string[]
  /** A token as the provider's token endpoint gives it to a client. */
  token(options?: { audience?: string; claims?: object }): Promise<string>
  /** From now on it signs with a new key, and knows no other. */
  rotate(): Promise<void>
  /** Answers in its place until called with undefined. */
  answerWith(listener: RequestListener | undefined): void
  close(): Promise<void>
  open(): Promise<void>
}

const secret = 'a-secret-of-the-tests'

export async function startIssuer(): Promise<TestIssuer> {
  // Loaded here: it prints warnings about the machine when it is.
  const { Provider } = await import('oidc-provider')
  const ca = await makeCa({ commonName: 'test-issuer-ca', days: 1, now: new Date() })
  const leaf = await makeLeaf({
    ca,
    subject: { commonName: 'issuer' },
    days: 1,
    now: new Date(),
    usage: { kind: 'server', hostnames: ['localhost'], addresses: ['127.0.0.1'] },
  })
  const asked: string[] = []
  let claims: object = {}
  let listener: RequestListener = () => {}
  let instead: RequestListener | undefined
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
    asked.push(request.url ?? '')
    ;(instead ?? listener)(request, response)
  })
  const open = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', () => resolve())
    })
  await open(0)
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`
  let keys = 0

  async function rotate(): Promise<void> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    keys += 1
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys}`, use: 'sig', alg: 'RS256' }
    listener = new Provider(url, {
      jwks: { keys: [jwk] },
      clients: [
        {
          client_id: 'tests',
          client_secret: secret,
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, audience: string) => ({
            scope: 'api',
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: 3600,
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      extraTokenClaims: () => claims,
    }).callback()
  }
  await rotate()

  return {
    url,
    ca: ca.certificate,
    asked,
    async token({ audience = 'urn:berth', claims: own = {} } = {}) {
      claims = own
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: audience, scope: 'api' })
      const answer = await post(`${url}/token`, { ca: ca.certificate, body: body.toString() })
      const { access_token: token } = JSON.parse(answer) as { access_token?: string }
      if (token === undefined) throw new Error(`the provider gives no token: ${answer}`)
      return token
    },
    rotate,
    answerWith(other) {
      instead = other
    },
    open: () => open(port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function post(url: string, { ca, body }: { ca: string; body: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`tests:${secret}`).toString('base64')}`,
    }
    const outgoing = httpsRequest(url, { method: 'POST', ca, headers, agent: false }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
