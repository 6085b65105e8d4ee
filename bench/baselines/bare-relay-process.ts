/** The process of `bare-relay.ts`: one chunk read is one binary frame, and nothing is read faster than it can be sent. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

const [keyFile = '', certificateFile = '', to = ''] = process.argv.slice(2)
/** Every WebSocket server adds it to the client's key (RFC 6455, 1.3). */
const salt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, (client) => {
  client.on('error', () => client.destroy())
  client.once('data', (head: Buffer) => {
    const key = /^sec-websocket-key: *(\S+)/im.exec(head.toString('latin1'))?.[1] ?? ''
    const accepted = createHash('sha1').update(`${key}${salt}`).digest('base64')
    client.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n` +
        'Sec-WebSocket-Protocol: plain.kubevirt.io\r\n\r\n',
    )
    const guest = connect(Number(to), '127.0.0.1')
    guest.on('error', () => client.destroy())
    guest.on('data', (chunk) => {
      client.cork()
      client.write(header(chunk.length))
      if (!client.write(chunk)) guest.pause()
      client.uncork()
    })
    client.on('drain', () => guest.resume())
    // A close frame with code 1000.
    guest.on('end', () => client.end(Buffer.from([0x88, 2, 0x03, 0xe8])))
    client.on('close', () => guest.destroy())
    // What the client sends is passed on as it comes, masked and framed: nobody at the other end reads it.
    client.on('data', (chunk) => {
      if (!guest.write(chunk)) client.pause()
    })
    guest.on('drain', () => client.resume())
  })
})

function header(length: number): Buffer {
  const bytes = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  bytes[0] = 0x82
  if (length < 126) bytes[1] = length
  else if (length < 65_536) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeUInt32BE(length, 6)
  }
  return bytes
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.((user + system) / 1000)
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
