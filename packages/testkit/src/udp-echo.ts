/** A program for a guest that answers every datagram with itself: busybox has no server for UDP. x86-64 only, as the built-in guest. */

import type { GuestShell } from './guest-shell.ts'

/** socket, bind, and for ever recvfrom and sendto with a buffer of 64 KiB on the stack; ends in the sockaddr_in it binds to. */
const code = Buffer.from(
  'b829000000bf02000000be0200000031d20f0589c3b83100000089df488d3557000000ba100000000f054881ec000001004883ec40c7042410000000' +
    'b82d00000089df488d742440ba000001004531d24c8d4424104989e10f0589c2b82c00000089df488d7424404531d24c8d44241041b9100000000f05' +
    'ebbb02000000000000000000000000000000',
  'hex',
)
const portOffset = code.length - 14
const loadAddress = 0x40_00_00n
/** ELF header and one program header. */
const headerBytes = 120

/** Starts it in a guest; resolves when it listens. */
export async function serveUdpEcho(shell: GuestShell, port: number): Promise<void> {
  const file = `/udp-echo-${port}`
  const bytes = [...program(port)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  // A terminal takes lines of up to 4096 characters.
  const pieces = bytes.match(/.{1,400}/g) ?? []
  for (const piece of pieces) await shell.run(`printf '${piece}' >>${file}`)
  await shell.run(`chmod +x ${file}; { ${file} & }`)
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  await shell.run(`until grep -q :${hexPort} /proc/net/udp; do usleep 50000; done`)
}

function program(port: number): Buffer {
  const text = Buffer.from(code)
  text.writeUInt16BE(port, portOffset)
  const size = BigInt(headerBytes + text.length)
  const header = Buffer.alloc(headerBytes)
  // ELF64, little-endian, an executable for x86-64 (ELF specification, figures 1-3 and 2-1).
  header.write('7f454c46020101', 'hex')
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(62, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(loadAddress + BigInt(headerBytes), 24)
  header.writeBigUInt64LE(64n, 32)
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  // One segment: the whole file, readable and executable.
  header.writeUInt32LE(1, 64)
  header.writeUInt32LE(5, 68)
  header.writeBigUInt64LE(loadAddress, 80)
  header.writeBigUInt64LE(loadAddress, 88)
  header.writeBigUInt64LE(size, 96)
  header.writeBigUInt64LE(size, 104)
  header.writeBigUInt64LE(4096n, 112)
  return Buffer.concat([header, text])
}
