/** The least a Node program needs to answer over TLS: a server with a key, and nothing behind it. */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [port = '', keyFile = '', certificateFile = ''] = process.argv.slice(2)
const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
  (_request, response) => {
    response.end('ok')
  },
)
server.listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit())
