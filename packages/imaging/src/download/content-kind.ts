/** Tells by its first bytes whether a download is compressed; the bytes are kept as they are. */

export type ContentKind = 'plain' | 'gzip' | 'xz' | 'zstd'

const magic: readonly [ContentKind, Buffer][] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
]

/** @param head at least the first six bytes */
export function contentKind(head: Buffer): ContentKind {
  return magic.find(([, bytes]) => head.subarray(0, bytes.length).equals(bytes))?.[0] ?? 'plain'
}
