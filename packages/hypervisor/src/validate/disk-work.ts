/** Rules for what is asked of the disks of a running machine. */

import { check } from './checks.ts'

/** Bytes; QEMU counts disks in sectors of 512. */
export function checkDiskSize(sizeBytes: number): void {
  check(Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes % 512 === 0, 'sizeBytes', 'a multiple of 512')
}

/** qcow2 allows 1023 bytes; a name goes into other names of ours too. */
export function checkBitmapName(name: string): void {
  check(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name),
    'name',
    'letters, digits, dots, underscores and dashes, at most 200',
  )
}

/** As QEMU's jobs take it; 0 is no limit. */
export function jobSpeed({ bytesPerSecond }: { bytesPerSecond?: number }): { speed: number } {
  const speed = bytesPerSecond ?? 0
  check(Number.isSafeInteger(speed) && speed >= 0, 'bytesPerSecond', 'a whole number')
  return { speed }
}
