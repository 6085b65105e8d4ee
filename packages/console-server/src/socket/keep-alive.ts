/** A browser that is gone without a goodbye (a closed lid) is noticed by pings it does not answer. */

import type { WebSocket } from 'ws'

/** Below what proxies take for an idle connection. */
const pingMs = 25_000

export function keepAlive(socket: WebSocket): void {
  let answered = true
  socket.on('pong', () => (answered = true))
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate()
      return
    }
    answered = false
    socket.ping()
  }, pingMs)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}
