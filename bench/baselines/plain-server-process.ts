/** The process of `plain-server.ts`: GET answers a fixed body, POST reads one and answers it, `/watch` stays open. */

import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'

const [keyFile = '', certificateFile = '', caFile = '', bodyBytes = ''] = process.argv.slice(2)
const body = Buffer.alloc(Number(bodyBytes), 'x')
const watchers = new Set<ServerResponse>()

const server = createServer(
  {
    key: readFileSync(keyFile),
    cert: readFileSync(certificateFile),
    ca: readFileSync(caFile),
    requestCert: true,
    rejectUnauthorized: false,
  },
  (request, response) => {
    if (request.url === '/watch') {
      watchers.add(response)
      response.on('close', () => watchers.delete(response))
      response.flushHeaders()
      return
    }
    if (request.method === 'GET') {
      response.setHeader('content-length', body.length)
      response.end(body)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.statusCode = 201
      response.end(Buffer.concat(chunks))
    })
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
process.on('message', (bytes: number) => {
  const line = Buffer.from(`${'x'.repeat(bytes)}\n`)
  for (const watcher of watchers) watcher.write(line)
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
