/** Requests so broken that no handler sees them still get an answer, then their connection ends. */

import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

const codes: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  // One error is reported for each further piece of a broken request; the first has said it all.
  if (socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const code = codes[error.code ?? ''] ?? 400
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}
