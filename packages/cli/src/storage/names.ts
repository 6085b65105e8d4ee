/** Names that commands make up. */

/** `web-20260131-023000`: says when, and sorts by it. */
export function stamped(name: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return `${name.slice(0, 230)}-${time}`
}
