/** A program for the test guest that writes a byte to an I/O port: the kernel has no /dev/port. For tests. */

const load = 0x400000

/** A shell line that makes and runs it. Its parts: ELF header, one program header, machine code. */
export function writePortLine(port: number, value: number): string {
  const code = Buffer.concat([
    // ioperm(port, 1, 1)
    Buffer.from([0xb8, 173, 0, 0, 0, 0xbf, ...little(port), 0xbe, 1, 0, 0, 0, 0xba, 1, 0, 0, 0, 0x0f, 0x05]),
    // mov dx, port; mov al, value; out dx, al
    Buffer.from([0xba, ...little(port), 0xb0, value, 0xee]),
    // exit(0)
    Buffer.from([0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]),
  ])
  const header = Buffer.alloc(120)
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  // Executable, x86-64, version 1, entry behind the headers, program headers at 64.
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(62, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(load + 120), 24)
  header.writeBigUInt64LE(64n, 32)
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  // One segment: loadable, readable and executable, the whole file.
  header.writeUInt32LE(1, 64)
  header.writeUInt32LE(5, 68)
  header.writeBigUInt64LE(BigInt(load), 80)
  header.writeBigUInt64LE(BigInt(load), 88)
  header.writeBigUInt64LE(BigInt(120 + code.length), 96)
  header.writeBigUInt64LE(BigInt(120 + code.length), 104)
  header.writeBigUInt64LE(0x1000n, 112)
  const program = Buffer.concat([header, code]).toString('base64')
  return `echo ${program} | base64 -d >/tmp/p; chmod +x /tmp/p; /tmp/p`
}

function little(value: number): number[] {
  return [value & 255, value >> 8, 0, 0]
}
