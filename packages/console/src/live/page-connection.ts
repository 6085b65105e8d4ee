/** The live connection of a page in a browser. */

import { livePath, liveProtocol } from '@berth/view'
import { connect, type LiveConnection } from './connection.ts'

/** @param stillSignedIn asks the server whether the session is still there */
export function connectPage(stillSignedIn: () => Promise<boolean>): LiveConnection {
  return connect({
    openSocket: () => {
      const url = new URL(livePath, location.href)
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
      return new WebSocket(url, liveProtocol)
    },
    clock: {
      now: () => new Date(),
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    },
    random: Math.random,
    stillSignedIn,
  })
}
