/** A WebSocket as a byte stream: one write is one frame, with back-pressure both ways. */

// oxlint-disable-next-line no-unassigned-import -- it prepares the library that is loaded after it
import './faster-masking.ts'
import { Duplex } from 'node:stream'
import { WebSocket, type RawData } from 'ws'

/** A peer that answers no ping for this long is gone (virtctl and virt-api use the same). */
const pongMs = 60_000
/** Time for what a peer said last to be taken by who listens, once the peer is gone. */
const lingerMs = 30_000

/** Bytes on their way in either direction before the other side waits: two of the largest pieces that a machine's port is read in. */
const bufferedBytes = 512 * 1024

const normalClosure = 1000
/** The peer closed without giving a code. */
const noCode = 1005
/** Bytes of a reason that a close frame has room for (RFC 6455, 5.5.1). */
const reasonBytes = 123

export interface ChannelOptions {
  frames?: 'binary' | 'text' | undefined
  /** Each message is a chunk of its own, in both directions (object mode). */
  messages?: boolean | undefined
  keepAliveMs?: number | undefined
}

/** How a channel says goodbye. Codes: RFC 6455, 7.4. */
export interface ChannelEnd {
  code: number
  reason: string
}

const goodbyes = new WeakMap<Duplex, (end: ChannelEnd) => void>()

/**
 * Ends a channel with a code, after everything written before. A channel that is no WebSocket knows no codes: with another than 1000 it
 * is cut, which is how an end that is not in order looks there.
 */
export function endChannel(channel: Duplex, end: ChannelEnd): void {
  const goodbye = goodbyes.get(channel)
  if (goodbye !== undefined) goodbye(end)
  else if (end.code === normalClosure) channel.end()
  else channel.write('', () => void channel.destroy())
}

/** Whether the memory of what was written is free for other use when the write's callback is called. */
export function sendsBytes(channel: Duplex): boolean {
  return goodbyes.has(channel)
}

/**
 * `end()` closes with code 1000; `destroy()` cuts the TCP connection without a close frame. Whatever became of the peer, what it sent is
 * read first: then the stream ends, and where the peer did not close in order it fails.
 */
export function channelOf(
  webSocket: WebSocket,
  { frames = 'binary', messages = false, keepAliveMs }: ChannelOptions,
): Duplex {
  let goodbye: ChannelEnd = { code: normalClosure, reason: '' }
  let ended = false
  let peerClosed = false
  const channel = new Duplex({
    ...(messages ? { objectMode: true } : { highWaterMark: bufferedBytes }),
    read() {
      webSocket.resume()
    },
    write(chunk: Buffer, _encoding, done) {
      // What cannot be sent any more is dropped: the end of the connection is on its way, behind what is still to be read.
      if (webSocket.readyState !== WebSocket.OPEN) done()
      else webSocket.send(chunk, { binary: frames === 'binary' }, () => done())
    },
    final(done) {
      ended = true
      webSocket.close(goodbye.code, goodbye.reason)
      done()
    },
    destroy(error, done) {
      // Both sides said goodbye: the library finishes the handshake, and gives up on it in its own time.
      const polite = error === null && (peerClosed || (ended && channel.readableEnded))
      if (!polite) webSocket.terminate()
      done(error)
    },
  })
  goodbyes.set(channel, (end) => {
    goodbye = { code: end.code, reason: cutTo(reasonBytes, end.reason) }
    channel.end()
  })
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    // Where bytes are meant, text is nothing that anybody said (KubeVirt's own servers skip it too).
    if (frames === 'binary' && !isBinary) return
    if (!channel.destroyed && !channel.push(bytesOf(data))) webSocket.pause()
  })
  webSocket.on('close', (code) => {
    peerClosed = true
    if (channel.destroyed) return
    if (code !== normalClosure && code !== noCode) {
      channel.once('end', () => channel.destroy(new Error(`the WebSocket was closed with code ${code}`)))
    }
    const timer = setTimeout(() => channel.destroy(new Error('what the peer sent last was not taken')), lingerMs)
    channel.once('close', () => clearTimeout(timer))
    channel.push(null)
  })
  // 'close' follows every error with the code that tells what happened.
  webSocket.on('error', () => {})
  // Nobody has to listen to the end of a channel; an unheard error must not end the process.
  channel.on('error', () => {})
  if (keepAliveMs !== undefined) keepAlive(webSocket, keepAliveMs)
  return channel
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

/** The longest beginning that fits, without half a character at its end. */
function cutTo(bytes: number, text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
}

function keepAlive(webSocket: WebSocket, everyMs: number): void {
  let heard = performance.now()
  webSocket.on('pong', () => {
    heard = performance.now()
  })
  const timer = setInterval(() => {
    // While we do not read there is no hearing an answer.
    if (webSocket.isPaused) heard = performance.now()
    else if (performance.now() - heard > pongMs) webSocket.terminate()
    if (webSocket.readyState === WebSocket.OPEN) webSocket.ping('keep alive')
  }, everyMs)
  webSocket.on('close', () => clearInterval(timer))
}
