/** The address of an instance's guest on AF_VSOCK, which no other guest of this host has. */

import { createHash } from 'node:crypto'

/** Addresses below belong to the hypervisor, the local end and the host; the last one means anybody. */
const first = 3
const last = 2 ** 32 - 2

/** The same for every start of an instance unless another guest has it: then the next one that is free. */
export function chooseCid(uid: string, taken: ReadonlySet<number>): number {
  const start = createHash('sha256').update(uid).digest().readUInt32BE(0)
  let cid = Math.min(Math.max(start, first), last)
  while (taken.has(cid)) cid = cid === last ? first : cid + 1
  return cid
}
