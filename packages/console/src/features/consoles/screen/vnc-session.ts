/** One connection to a machine's screen, drawn into an element of the page. */

import RFB from '@novnc/novnc'
import type { Key } from '../keyboard/combinations.ts'
import type { Stroke } from '../keyboard/typing.ts'
import { streamProtocol } from '../stream-address.ts'

export type Scaling = 'fit' | 'actual'

export interface VncEvents {
  connected: () => void
  ended: (end: { code: number; reason: string }) => void
  /** Text that the guest put on its clipboard. */
  clipboard: (text: string) => void
}

/** Between strokes: guests lose keys that come faster than their keyboard controller tells of them. */
const strokeGapMs = 12
const shift: Key = { code: 'ShiftLeft', keysym: 0xffe1 }
const altGr: Key = { code: 'AltRight', keysym: 0xfe03 }

export class VncSession {
  readonly #rfb: RFB
  #closed = false

  constructor(element: HTMLElement, address: string, events: VncEvents) {
    const socket = new WebSocket(address, [streamProtocol])
    socket.addEventListener('close', ({ code, reason }) => {
      if (!this.#closed) events.ended({ code, reason })
      this.#closed = true
    })
    this.#rfb = new RFB(element, socket, { shared: true })
    this.#rfb.background = 'transparent'
    this.#rfb.addEventListener('connect', () => events.connected())
    this.#rfb.addEventListener('clipboard', ({ detail }) => events.clipboard(detail.text))
  }

  set scaling(scaling: Scaling) {
    this.#rfb.scaleViewport = scaling === 'fit'
    this.#rfb.clipViewport = scaling === 'actual'
    this.#rfb.dragViewport = false
  }

  focus(): void {
    this.#rfb.focus()
  }

  press(keys: readonly Key[]): void {
    for (const { keysym, code } of keys) this.#rfb.sendKey(keysym, code, true)
    for (const { keysym, code } of keys.toReversed()) this.#rfb.sendKey(keysym, code, false)
  }

  /** Types with the keys of a layout. @param progress is told how many strokes are done */
  async type(
    strokes: readonly Stroke[],
    { signal, progress }: { signal: AbortSignal; progress: (done: number) => void },
  ): Promise<void> {
    for (const [index, stroke] of strokes.entries()) {
      if (signal.aborted || this.#closed) return
      this.press([...(stroke.shift ? [shift] : []), ...(stroke.altGr ? [altGr] : []), stroke])
      progress(index + 1)
      await new Promise((resolve) => setTimeout(resolve, strokeGapMs))
    }
  }

  /** The screen as it is, as PNG; undefined while nothing is drawn. */
  picture(): Promise<Blob | undefined> {
    return new Promise((resolve) => this.#rfb.toBlob((image) => resolve(image ?? undefined), 'image/png'))
  }

  close(): void {
    if (!this.#closed) this.#rfb.disconnect()
    this.#closed = true
  }
}
