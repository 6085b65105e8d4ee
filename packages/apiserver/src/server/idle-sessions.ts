/** HTTP/2 sessions that carry nothing for long are closed, as Node does by itself for HTTP/1.1 only. */

import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'

/** @returns closes all sessions, letting their running streams finish */
export function trackIdleSessions(server: Http2SecureServer, idleMs: number): () => void {
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    let streams = 0
    sessions.add(session)
    session.on('stream', (stream) => {
      streams += 1
      stream.once('close', () => {
        streams -= 1
      })
    })
    session.on('error', () => session.destroy())
    session.once('close', () => sessions.delete(session))
    session.setTimeout(idleMs, () => {
      if (streams === 0) session.close()
    })
  })
  return () => {
    for (const session of sessions) session.close()
  }
}
