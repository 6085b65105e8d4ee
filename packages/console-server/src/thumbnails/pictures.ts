/**
 * Pictures of machines' screens, asked for with each person's own rights. A picture is kept for a moment, so that a wall of screens in
 * several windows asks each machine once.
 */

import type { Clock } from '@berth/base'
import { readText, statusErrorOf, type Client } from '@berth/kube'
import { ConsoleError } from '../errors.ts'

export interface PictureOf {
  /** Of whose rights and which cluster: people never see each other's pictures. */
  who: string
  client: Client
  namespace: string
  name: string
}

/** Screens change; lists of them are drawn about as often. */
const keptMs = 1500
const maxKept = 256
/** Of all pictures that are kept; a guest makes its screen as large and as colourful as it likes. */
const maxKeptBytes = 64 * 1024 * 1024
/** Far above any screen that a guest may set. */
const maxBytes = 16 * 1024 * 1024
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

export class Pictures {
  readonly #clock: Clock
  /** Oldest first. */
  readonly #kept = new Map<string, { at: number; picture: Promise<Buffer>; bytes: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * A PNG.
   * @throws {StatusError} in the cluster's words: no such machine, not running, no screen, forbidden
   * @throws {ConsoleError} Unavailable when what came is no picture
   */
  async of(wanted: PictureOf): Promise<Buffer> {
    const key = JSON.stringify([wanted.who, wanted.namespace, wanted.name])
    const now = this.#clock.now().getTime()
    this.#forget(now)
    const known = this.#kept.get(key)
    if (known !== undefined) return known.picture
    const kept = { at: now, picture: take(wanted), bytes: 0 }
    this.#kept.set(key, kept)
    try {
      const picture = await kept.picture
      kept.bytes = picture.length
      this.#forgetBeyond(maxKeptBytes)
      return picture
    } catch (error) {
      // A failure is told to those who asked, and the next one asks again.
      if (this.#kept.get(key) === kept) this.#kept.delete(key)
      throw error
    }
  }

  #forgetBeyond(most: number): void {
    let bytes = 0
    for (const kept of this.#kept.values()) bytes += kept.bytes
    for (const [key, kept] of this.#kept) {
      if (bytes <= most) return
      if (kept.bytes > 0) this.#kept.delete(key)
      bytes -= kept.bytes
    }
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#kept) {
      if (now - at < keptMs && this.#kept.size < maxKept) return
      this.#kept.delete(key)
    }
  }
}

async function take({ client, namespace, name }: PictureOf): Promise<Buffer> {
  const parts = ['namespaces', namespace, 'virtualmachineinstances', name, 'vnc', 'screenshot']
  const path = `/apis/subresources.kubevirt.io/v1/${parts.map(encodeURIComponent).join('/')}`
  const answer = await client.transport.request({ method: 'GET', path, signal: AbortSignal.timeout(10_000) })
  if (answer.code !== 200) throw statusErrorOf(answer.code, await readText(answer))
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.byteLength
    if (size > maxBytes) throw notAPicture(namespace, name, 'it is too large')
    chunks.push(chunk)
  }
  const picture = Buffer.concat(chunks, size)
  if (!picture.subarray(0, pngSignature.length).equals(pngSignature)) throw notAPicture(namespace, name, 'it is no PNG')
  return picture
}

function notAPicture(namespace: string, name: string, why: string): ConsoleError {
  return new ConsoleError('Unavailable', `the picture of the screen of ${namespace}/${name} cannot be shown: ${why}`)
}
