/** Bearer tokens where clients put them: the Authorization header, or for browsers the WebSocket protocol list. */

export type Bearer = { kind: 'none' } | { kind: 'token'; token: string } | { kind: 'malformed'; reason: string }

/** How browsers, which cannot set headers on a WebSocket, pass a token (Kubernetes' apiserver `websocket` authenticator). */
const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

export function readBearer(headers: Readonly<Record<string, string | undefined>>): Bearer {
  const { authorization } = headers
  if (authorization !== undefined && authorization.trim() !== '') {
    const [, token] = /^\s*bearer\s+(\S+)\s*$/i.exec(authorization) ?? []
    if (token === undefined) return { kind: 'malformed', reason: 'the Authorization header holds no bearer token' }
    return { kind: 'token', token }
  }
  const tokens = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol.startsWith(protocolPrefix))
  const [first] = tokens
  if (first === undefined) return { kind: 'none' }
  if (tokens.length > 1) return { kind: 'malformed', reason: 'more than one token in Sec-WebSocket-Protocol' }
  const encoded = first.slice(protocolPrefix.length)
  const token = Buffer.from(encoded, 'base64url').toString('utf8')
  if (!/^[A-Za-z0-9_-]+$/.test(encoded) || !/^\S+$/.test(token)) {
    return { kind: 'malformed', reason: 'the token in Sec-WebSocket-Protocol is not base64url text' }
  }
  return { kind: 'token', token }
}
