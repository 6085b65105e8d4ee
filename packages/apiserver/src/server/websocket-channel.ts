/** A WebSocket as a byte stream: one write is one frame, with back-pressure both ways. */

import { Duplex } from 'node:stream'
import { WebSocket, type RawData } from 'ws'

/** A peer that answers no ping for this long is gone (virtctl and virt-api use the same). */
const pongMs = 60_000

const normalClosure = 1000
/** The peer closed without giving a code. */
const noCode = 1005

export interface ChannelOptions {
  frames?: 'binary' | 'text' | undefined
  keepAliveMs?: number | undefined
}

/** `end()` closes with code 1000; `destroy()` cuts the TCP connection without a close frame. */
export function channelOf(webSocket: WebSocket, { frames = 'binary', keepAliveMs }: ChannelOptions): Duplex {
  let ended = false
  let peerClosed = false
  const channel = new Duplex({
    read() {
      webSocket.resume()
    },
    write(chunk: Buffer, _encoding, done) {
      if (webSocket.readyState !== WebSocket.OPEN) done(new Error('the WebSocket is closed'))
      else webSocket.send(chunk, { binary: frames === 'binary' }, (error) => done(error ?? null))
    },
    final(done) {
      ended = true
      webSocket.close(normalClosure)
      done()
    },
    destroy(error, done) {
      // Both sides said goodbye: the library finishes the handshake, and gives up on it in its own time.
      const polite = error === null && (peerClosed || (ended && channel.readableEnded))
      if (!polite) webSocket.terminate()
      done(error)
    },
  })
  webSocket.on('message', (data: RawData) => {
    if (!channel.destroyed && !channel.push(bytesOf(data))) webSocket.pause()
  })
  webSocket.on('close', (code) => {
    peerClosed = true
    if (code === normalClosure || code === noCode) channel.push(null)
    else if (!channel.destroyed) channel.destroy(new Error(`the WebSocket was closed with code ${code}`))
  })
  webSocket.on('error', (error) => channel.destroy(error))
  // Nobody has to listen to the end of a channel; an unheard error must not end the process.
  channel.on('error', () => {})
  if (keepAliveMs !== undefined) keepAlive(webSocket, keepAliveMs)
  return channel
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

function keepAlive(webSocket: WebSocket, everyMs: number): void {
  let heard = performance.now()
  webSocket.on('pong', () => {
    heard = performance.now()
  })
  const timer = setInterval(() => {
    if (performance.now() - heard > pongMs) webSocket.terminate()
    else if (webSocket.readyState === WebSocket.OPEN) webSocket.ping('keep alive')
  }, everyMs)
  webSocket.on('close', () => clearInterval(timer))
}
