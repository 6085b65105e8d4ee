/** WebSockets at the door: which page they come from, who is signed in, and which of them is for whom. */

import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { closeCodes, livePath, liveProtocol } from '@berth/view'
import { WebSocketServer, type WebSocket } from 'ws'
import { serveStream, streamProtocols, streamTarget } from '../gateway/streams.ts'
import { Viewers } from '../gateway/viewers.ts'
import { hostProblem, originProblem } from '../http/origin.ts'
import { partContext, type Services } from '../http/services.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { keepAlive } from './keep-alive.ts'
import { watches } from '../watches/registry.ts'
import { serveLive } from './live.ts'
import { maxSockets, People } from './people.ts'

/** Of the browser's frames; the window requests of a list are far below it. */
const maxLiveMessage = 64 * 1024
/** What somebody pastes into a console. */
const maxStreamMessage = 1024 * 1024

export function serveSockets(server: Server, services: Services): { close(): void } {
  const { sessions, options } = services
  const { logger } = options
  const live = new WebSocketServer({
    noServer: true,
    maxPayload: maxLiveMessage,
    handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
  })
  const streams = new WebSocketServer({
    noServer: true,
    maxPayload: maxStreamMessage,
    handleProtocols: (offered) => streamProtocols.find((protocol) => offered.has(protocol)) ?? false,
  })
  const viewers = new Viewers()
  const all = new Set<WebSocket>()
  const people = new People()

  /** Counts the socket, ends it with the session, and looks whether its browser is still there. */
  function adopt(socket: WebSocket, session: LiveSession): boolean {
    const open = people.of(session.owner)
    if (open.sockets >= maxSockets) {
      socket.close(closeCodes.tooMany, `more than ${maxSockets} connections`)
      return false
    }
    open.sockets += 1
    const signedOut = (): void => socket.close(closeCodes.signedOut, 'signed out')
    session.signal.addEventListener('abort', signedOut, { once: true })
    // It may have ended while it was looked up.
    if (session.signal.aborted) signedOut()
    socket.once('close', () => {
      open.sockets -= 1
      session.signal.removeEventListener('abort', signedOut)
    })
    socket.on('message', () => sessions.touch(session))
    return true
  }

  async function answer(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { headers, url = '' } = request
    const problem = hostProblem(headers, services.known) ?? originProblem(headers, services.known)
    if (problem !== undefined) return refuse(socket, 403, problem)
    const isLive = url === livePath || url.startsWith(`${livePath}?`)
    const target = isLive ? undefined : streamTarget(url, services.clusters)
    if (!isLive && target === undefined) return refuse(socket, 404, 'there is no such stream')
    const id = services.cookies.read(headers.cookie)
    const session = id === undefined ? undefined : await sessions.find(id)
    const door = isLive ? live : streams
    door.handleUpgrade(request, socket, head, (webSocket) => {
      all.add(webSocket)
      webSocket.once('close', () => all.delete(webSocket))
      // `close` follows every error.
      webSocket.on('error', (error) => logger.debug({ error: messageOf(error) }, 'a WebSocket failed'))
      // Browsers do not tell pages why a handshake was refused, so it is completed to say so.
      if (session === undefined) return webSocket.close(closeCodes.signedOut, 'you are not signed in')
      if (!adopt(webSocket, session)) return
      keepAlive(webSocket)
      if (target === undefined) {
        serveLive(webSocket, { ...partContext(services), session }, { person: people.of(session.owner) })
      } else {
        const { rights } = services.parts.part(watches)
        serveStream(webSocket, { target, session }, { viewers, rights, logger }).catch((error: unknown) => {
          logger.error({ error: messageOf(error) }, 'a stream could not be opened')
          webSocket.close(closeCodes.cut)
        })
      }
    })
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    answer(request, socket, head).catch((error: unknown) => {
      logger.error({ error: messageOf(error) }, 'a WebSocket could not be opened')
      socket.destroy()
    })
  })

  return {
    close() {
      for (const socket of all) socket.close(1001, 'the console stops')
      const left = [...all]
      setTimeout(() => {
        for (const socket of left) socket.terminate()
      }, 500).unref()
      live.close()
      streams.close()
    },
  }
}

function refuse(socket: Duplex, code: number, message: string): void {
  const body = `${message}\n`
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `x-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
