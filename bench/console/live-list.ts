/** A browser's end of one live list, as far as it can be measured: keeps nothing but what it is asked to. */

import { livePath, liveProtocol, type RowsRequest, type RowsUpdate, type ServerMessage } from '@berth/view'
import type { ConsoleProcess } from './console-process.ts'

export interface LiveList {
  /** Resolves with the time at which an update came that `test` takes. */
  until(test: (update: RowsUpdate) => boolean): Promise<number>
  /** Every update, with its time of arrival. */
  onUpdate: (update: RowsUpdate, at: number) => void
  ask(request: Partial<RowsRequest>): void
  close(): void
}

export async function openLiveList({ url, cookie }: ConsoleProcess): Promise<LiveList> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${livePath}`, {
    protocols: [liveProtocol],
    headers: { cookie, origin: url },
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('close', ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)), {
      once: true,
    })
  })
  const waiting = new Set<{ test: (update: RowsUpdate) => boolean; resolve: (at: number) => void }>()
  const list: LiveList = {
    until(test) {
      return new Promise((resolve) => waiting.add({ test, resolve }))
    },
    onUpdate() {},
    ask(request) {
      const whole: RowsRequest = { table: 'workloads', query: '', sort: [], from: 0, count: 60, ...request }
      socket.send(JSON.stringify({ type: 'open', id: 1, channel: 'rows', request: whole }))
    },
    close: () => socket.close(),
  }
  socket.addEventListener('message', ({ data }) => {
    const at = performance.now()
    const text = String(data)
    const message = JSON.parse(text) as ServerMessage // what the console server sends
    if (message.type !== 'update' || message.channel !== 'rows') {
      throw new Error(`the console answered ${text.slice(0, 200)}`)
    }
    list.onUpdate(message.update, at)
    for (const waiter of waiting) {
      if (!waiter.test(message.update)) continue
      waiting.delete(waiter)
      waiter.resolve(at)
    }
  })
  return list
}
