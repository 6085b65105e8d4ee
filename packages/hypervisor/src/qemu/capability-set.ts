/** The capabilities this process has (capabilities(7)), by their bits. */

import { readFile } from 'node:fs/promises'

export const capabilityBits = { CAP_SYS_NICE: 23n, CAP_SYS_RESOURCE: 24n } as const

export async function hasCapability(name: keyof typeof capabilityBits): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  return ((effective >> capabilityBits[name]) & 1n) === 1n
}
