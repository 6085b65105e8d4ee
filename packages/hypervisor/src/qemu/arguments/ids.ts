/** Names of devices in QEMU that are made from names people give. */

import { createHash } from 'node:crypto'

/** QEMU's limit on node names (block.c, `node_name[32]`); the monitor's port forwarding cuts what is longer too. */
const longest = 31

/** `kind-name`, or a hash of a long name. A name has no underscore, so the two never meet. */
export function boundedId(kind: string, name: string): string {
  const plain = `${kind}-${name}`
  return plain.length <= longest ? plain : `${kind}_${createHash('sha256').update(name).digest('hex').slice(0, 20)}`
}
