/** A disk that prints a text on the serial port when it is booted by a BIOS, and does nothing more. For tests. */

import { writeFile } from 'node:fs/promises'

/** Real mode, loaded at 0x7c00: writes the text behind it to the first serial port, byte by byte, and halts. */
const code = [
  // ds = 0; si = text; dx = serial port
  [0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x15, 0x7c, 0xba, 0xf8, 0x03],
  // while (al = *si++) out
  [0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8],
  // halt, for ever
  [0xf4, 0xeb, 0xfd],
].flat()

const mebibyte = 1024 ** 2

export async function writeBootDisk(path: string, text: string): Promise<void> {
  const disk = Buffer.alloc(mebibyte)
  disk.set(code)
  disk.write(text, code.length, 'latin1')
  disk.set([0x55, 0xaa], 510)
  await writeFile(path, disk, { mode: 0o644 })
}
