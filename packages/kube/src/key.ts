/** Keys of caches and work queues. */

/** `namespace/name`, or `name` for what has no namespace: the key of caches and work queues. */
export function keyOf(object: { metadata: { namespace?: string; name?: string } }): string {
  return keyFor(object.metadata.namespace, object.metadata.name ?? '')
}

export function keyFor(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** The reverse of {@link keyOf}. */
export function parseKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
