/** What a browser sends on the live socket, read with distrust. */

export type LiveMessage =
  | { type: 'open'; id: number; channel: string; request: unknown }
  | { type: 'resync' | 'close'; id: number }

/** Undefined for what is no message of the protocol. */
export function parseLiveMessage(text: string): LiveMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { type, id, channel, request } = value as Record<string, unknown>
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined
  if (type === 'resync' || type === 'close') return { type, id }
  if (type !== 'open' || typeof channel !== 'string' || channel.length > 64) return undefined
  return { type, id, channel, request }
}
