/** Whom programs run as that read images of strangers, where we are root: a user that owns nothing else on this host. */

import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Just below the ids that machines run under, and above what users, subordinate ids and containers are given. */
const base = 1_899_990_000
const count = 10_000
/** In a container that has fewer ids: nobody's. */
const small = 65_534

/** Undefined for an ordinary user, who has nothing to give up. */
export function workUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = isMapped(readFileSync('/proc/self/uid_map', 'utf8')) ? base + randomInt(count) : small
  return { uid: id, gid: id }
}

/** @param uidMap lines of first id inside, first id outside, length (user_namespaces(7)) */
function isMapped(uidMap: string): boolean {
  return uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .some(([inside = 0, , length = 0]) => inside <= base && base + count <= inside + length)
}
