/**
 * A guest that writes to a disk all the time and keeps a copy of what the disk has to hold. For tests. Written are blocks at places of no
 * order, with content that is not repeated; the copy is in the guest's memory.
 */

import type { Duplex } from 'node:stream'
import { runInGuest } from './console.ts'

/** The copy gets each block only when the disk has it: while nothing is under way both are equal. */
const script = `
writer() {
  i=$3
  while [ ! -e /stop ]; do
    i=$(( (i * 1103515245 + 12345) & 0x7fffffff )); b=$(( i / 65536 % $4 ))
    head -c 8192 /dev/urandom > $2.block
    dd if=$2.block of=$1 bs=8192 seek=$b conv=notrunc,fsync 2>/dev/null || touch /failed
    dd if=$2.block of=$2 bs=8192 seek=$b conv=notrunc 2>/dev/null
    n=$(( \${n:-0} + 1 )); echo $n > $2.count
  done
  touch $2.done
}
`

export interface WrittenDisk {
  /** The kernel's name: `vda`. */
  device: string
  mebibytes: number
}

export class DiskWriter {
  #serial: Duplex
  readonly #disks: readonly WrittenDisk[]
  #seed = 1

  private constructor(serial: Duplex, disks: readonly WrittenDisk[]) {
    this.#serial = serial
    this.#disks = disks
  }

  /** Fills the disks. */
  static async prepare(serial: Duplex, disks: readonly WrittenDisk[]): Promise<DiskWriter> {
    for (const line of script.trim().split('\n')) serial.write(`${line}\n`)
    for (const { device, mebibytes } of disks) {
      await runInGuest(
        serial,
        `head -c ${mebibytes * 1024 ** 2} /dev/urandom > /${device}; cat /${device} > /dev/${device}; sync`,
      )
    }
    return new DiskWriter(serial, disks)
  }

  /** Goes on over another session. */
  use(serial: Duplex): void {
    this.#serial = serial
  }

  /** Begins to write, and waits until some was. */
  async start(): Promise<void> {
    const starts = this.#disks.map(({ device, mebibytes }) => {
      this.#seed += 1
      return `rm -f /${device}.count /${device}.done; (writer /dev/${device} /${device} ${this.#seed} ${mebibytes * 128} &)`
    })
    await runInGuest(this.#serial, `rm -f /stop; ${starts.join('; ')}`)
    await this.writes(3)
  }

  /** Waits until so many more blocks were written on each disk. */
  async writes(count: number): Promise<void> {
    for (const { device } of this.#disks) {
      const now = `$(cat /${device}.count 2>/dev/null || echo 0)`
      await runInGuest(
        this.#serial,
        `w=$((${now} + ${count})); while [ ${now} -lt $w ] && [ ! -e /failed ]; do usleep 20000; done`,
      )
    }
  }

  /** Ends writing, and compares the disks as they are read from the host with what they have to hold. @returns MD5 sums by device */
  async stop(): Promise<Map<string, string>> {
    const done = this.#disks.map(({ device }) => `[ -e /${device}.done ]`).join(' && ')
    await runInGuest(
      this.#serial,
      `touch /stop; until ${done}; do usleep 10000; done; sync; echo 3 > /proc/sys/vm/drop_caches`,
    )
    const sums = new Map<string, string>()
    for (const { device, mebibytes } of this.#disks) {
      const output = await runInGuest(
        this.#serial,
        `[ -e /failed ] && echo has failed; head -c ${mebibytes * 1024 ** 2} /dev/${device} | cmp - /${device} && echo are equal; md5sum /${device}`,
      )
      if (!/\nare equal/.test(output) || /\nhas failed/.test(output))
        throw new Error(`${device} is not what was written: ${output}`)
      sums.set(device, /([0-9a-f]{32})/.exec(output)?.[1] ?? '')
    }
    return sums
  }
}
