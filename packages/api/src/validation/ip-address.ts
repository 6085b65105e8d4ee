/** IP addresses as Kubernetes reads them: no leading zeros, no zones. */

export function isIpv4Address(text: string): boolean {
  const parts = text.split('.', 5)
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

export function isIpAddress(text: string): boolean {
  return isIpv4Address(text) || isIpv6Address(text)
}

const groups = 8
const maxLength = 45

function isIpv6Address(text: string): boolean {
  if (text.length > maxLength || !text.includes(':')) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const counts = halves.map((half, index) => groupsIn(half, index === halves.length - 1))
  if (counts.includes(undefined)) return false
  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  return halves.length === 2 ? total < groups : total === groups
}

/** How many groups a run of them is worth; undefined when one is malformed. The last one may be an IPv4 address: two groups. */
function groupsIn(run: string, isLast: boolean): number | undefined {
  if (run === '') return 0
  const parts = run.split(':')
  let count = 0
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) count += 1
    else if (isLast && index === parts.length - 1 && isIpv4Address(part)) count += 2
    else return undefined
  }
  return count
}
