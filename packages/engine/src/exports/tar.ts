/** Files as a tar archive (POSIX ustar; sizes past eight GiB and long names as GNU tar writes them), while they are read. */

import { open } from 'node:fs/promises'

export interface TarFile {
  name: string
  path: string
}

const blockBytes = 512
const pieceBytes = 1024 ** 2
/** A longer name has an entry of its own before that of its file. */
const nameBytes = 100
const longNameEntry = '././@LongLink'

export async function* tarOf(files: readonly TarFile[]): AsyncGenerator<Buffer> {
  for (const { name, path } of files) {
    const file = await open(path, 'r')
    try {
      const { size, mtime } = await file.stat()
      const longName = Buffer.from(name + '\0', 'utf8')
      if (longName.length > nameBytes) {
        yield headOf({ name: longNameEntry, size: longName.length, mtime: new Date(0), kind: 'L' })
        yield padded(longName)
      }
      yield headOf({ name, size, mtime, kind: '0' })
      let left = size
      while (left > 0) {
        const piece = Buffer.allocUnsafe(Math.min(pieceBytes, left))
        const { bytesRead } = await file.read(piece, 0, piece.length)
        // Its length was promised.
        if (bytesRead === 0) throw new Error(`${name} became shorter while it was read`)
        yield piece.subarray(0, bytesRead)
        left -= bytesRead
      }
      yield Buffer.alloc(paddingOf(size))
    } finally {
      await file.close()
    }
  }
  yield Buffer.alloc(2 * blockBytes)
}

const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(paddingOf(bytes.length))])

/** @param kind the type of the entry: a file, or the name of the next one */
function headOf({ name, size, mtime, kind }: { name: string; size: number; mtime: Date; kind: '0' | 'L' }): Buffer {
  const head = Buffer.alloc(blockBytes)
  head.write(name, 0, nameBytes, 'utf8')
  head.write('0000600\0', 100, 'latin1')
  head.write('0000000\0', 108, 'latin1')
  head.write('0000000\0', 116, 'latin1')
  writeNumber(head, { at: 124, length: 12, value: size })
  writeNumber(head, { at: 136, length: 12, value: Math.floor(mtime.getTime() / 1000) })
  head.write(' '.repeat(8), 148, 'latin1')
  head.write(kind, 156, 'latin1')
  head.write('ustar\u000000', 257, 'latin1')
  const sum = head.reduce((all, byte) => all + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return head
}

function writeNumber(head: Buffer, { at, length, value }: { at: number; length: number; value: number }): void {
  const octal = value.toString(8)
  if (octal.length < length) head.write(`${octal.padStart(length - 1, '0')}\0`, at, 'latin1')
  else {
    head[at] = 0x80
    head.writeBigUInt64BE(BigInt(value), at + length - 8)
  }
}
