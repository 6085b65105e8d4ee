/**
 * An API server over a store on disk, as a process that tests can kill: `node server-process.ts DIRECTORY PORT`. Prints one line
 * when it listens. Ends when its standard input does, so that it never outlives the test.
 */

import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { openStore } from '@berth/store'
import { openPki } from '../../auth/pki.ts'
import { internalUser } from '../../auth/user.ts'
import { coreDefinitions } from '../../core/definitions.ts'
import { coreSchemas } from '../../generated/core.ts'
import { createApiServer } from '../../server/api-server.ts'
import { systemClock } from '../../control-plane/system-clock.ts'

const [directory = '', port = ''] = process.argv.slice(2)
process.stdin.on('end', () => process.exit(0)).resume()
const pki = await openPki({ directory: join(directory, 'pki'), clock: systemClock })
const store = await openStore({
  directory: join(directory, 'store'),
  logger: silentLogger,
  // What a test records is judged by the whole history at its end.
  historyLimit: 10_000_000,
  historyBytes: 1024 * 1024 * 1024,
})
const server = createApiServer({
  store,
  definitions: coreDefinitions({ schemas: coreSchemas, store }),
  schemas: coreSchemas,
  authenticator: { authenticate: async () => internalUser('client') },
  authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
  clock: systemClock,
  random: { uuid: randomUUID, number: Math.random },
  logger: silentLogger,
  limits: { bookmarkMs: 200 },
})
await server.handler({
  method: 'POST',
  path: '/api/v1/namespaces',
  query: new URLSearchParams(),
  headers: { 'content-type': 'application/json' },
  body: async () => Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })),
  user: internalUser('setup'),
  upgrade: false,
  signal: new AbortController().signal,
})
const listener = await server.listen({
  host: '127.0.0.1',
  port: Number(port),
  tls: { key: pki.server.key, cert: pki.server.certificate, ca: pki.caCertificate },
})
writeFileSync(join(directory, 'ca.crt'), pki.caCertificate)
process.stdout.write(`${JSON.stringify({ port: listener.port })}\n`)
