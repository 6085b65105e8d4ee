/** Kubernetes' order of API versions: stable before beta before alpha, then the higher number first. */

const shape = /^v([0-9]+)(?:(alpha|beta)([0-9]+))?$/
const stability = { stable: 0, beta: 1, alpha: 2 } as const

/** Sorts the most preferred version first: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name. */
export function compareVersions(left: string, right: string): number {
  const a = parse(left)
  const b = parse(right)
  if (a === undefined || b === undefined) {
    if (a !== undefined) return -1
    if (b !== undefined) return 1
    return left < right ? -1 : Number(left > right)
  }
  return a.stability - b.stability || b.major - a.major || b.minor - a.minor
}

function parse(version: string): { stability: number; major: number; minor: number } | undefined {
  const match = shape.exec(version)
  if (match === null) return undefined
  const level = match[2] === 'alpha' || match[2] === 'beta' ? match[2] : 'stable'
  return { stability: stability[level], major: Number(match[1]), minor: Number(match[3] ?? 0) }
}
