/** Files that this page sends, whichever page of the console is open. A reload ends them; the server keeps what has arrived. */

import { useSyncExternalStore } from 'react'
import { request } from '../../backend/index.ts'
import { uploadsPath } from '@berth/view'
import { rateOf, type Sample } from './rate.ts'
import type { Sender } from './tus-sender.ts'

export interface Send {
  /** The server's. */
  id: string
  name: string
  size: number
  sent: number
  state: 'sending' | 'paused' | 'failed'
  /** Why it failed; empty when nothing but the line is to blame. */
  error?: string
  /** Bytes a second. */
  rate?: number
}

interface Entry {
  send: Send
  sender: Sender
  samples: Sample[]
}

const entries = new Map<string, Entry>()
const listeners = new Set<() => void>()
let shown: readonly Send[] = []
let ended = 0

function tell(): void {
  shown = [...entries.values()].map(({ send }) => send)
  for (const listener of listeners) listener()
}

function change(id: string, part: Partial<Send>): void {
  const entry = entries.get(id)
  if (entry === undefined) return
  entry.send = { ...entry.send, ...part }
  tell()
}

/**
 * Resolves when the server has made room for it; the sending goes on.
 * @param id of one that is there in part
 * @throws {Error} in the server's words
 */
export async function sendFile(file: File, { id: known, sha256 }: { id?: string; sha256?: string }): Promise<string> {
  const { makeSender } = await import('./tus-sender.ts')
  return new Promise((resolve, reject) => {
    let id = known
    const begun = (found: string): void => {
      id = found
      const { name, size } = file
      entries.set(found, { send: { id: found, name, size, sent: 0, state: 'sending' }, sender, samples: [] })
      tell()
      resolve(found)
    }
    const sender = makeSender({
      file,
      ...(known === undefined ? {} : { id: known }),
      ...(sha256 === undefined ? {} : { sha256 }),
      onId: (found) => !entries.has(found) && begun(found),
      onProgress(sent) {
        if (id !== undefined) progress(id, sent)
      },
      onDone() {
        if (id !== undefined) entries.delete(id)
        ended += 1
        tell()
      },
      onError(message) {
        if (id === undefined || !entries.has(id)) return reject(new Error(message))
        change(id, { state: 'failed', error: message })
      },
    })
    if (known !== undefined) begun(known)
    sender.start()
  })
}

function progress(id: string, sent: number): void {
  const entry = entries.get(id)
  if (entry === undefined) return
  const now = performance.now()
  entry.samples = [...entry.samples.filter(({ atMs }) => atMs > now - 8000), { atMs: now, sent }]
  const rate = rateOf(entry.samples)
  change(id, { sent, ...(rate === undefined ? {} : { rate }) })
}

export function pauseSend(id: string): void {
  void entries.get(id)?.sender.pause()
  change(id, { state: 'paused' })
}

export function resumeSend(id: string): void {
  const entry = entries.get(id)
  if (entry === undefined) return
  entry.samples = []
  change(id, { state: 'sending' })
  entry.sender.start()
}

/** Takes it away on the server too. */
export async function cancelUpload(id: string): Promise<void> {
  await entries.get(id)?.sender.pause()
  entries.delete(id)
  tell()
  await request(`${uploadsPath}/${encodeURIComponent(id)}`, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } })
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useSends = (): readonly Send[] => useSyncExternalStore(subscribe, () => shown)
/** Changes whenever one has arrived. */
export const useEnded = (): number => useSyncExternalStore(subscribe, () => ended)
