/** Which names amounts may have in quotas, limits and containers (core validation and `pkg/apis/core/helper`). */

import { invalidValue, isQualifiedName, parseQuantity, type Json, type StatusCause } from '@berth/meta'

const compute = ['cpu', 'memory', 'ephemeral-storage']
const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]

const quotaNames = new Set([
  ...compute,
  ...['requests', 'limits'].flatMap((prefix) => compute.map((name) => `${prefix}.${name}`)),
  'requests.storage',
  ...counted,
])
const standardNames = new Set([...quotaNames, 'storage'])
const containerNames = new Set(compute)
const integerNames = new Set(counted)

export const hugePages = 'hugepages-'
const requests = 'requests.'

export function isHugePages(name: string): boolean {
  return name.startsWith(hugePages)
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith(requests + hugePages)
}

/** A name without a prefix, or with one of Kubernetes' own. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/')
}

/** A device or the like that a vendor names: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(requests)) return false
  return isQualifiedName(requests + name).length === 0
}

/** Known to quotas by itself, whatever kinds are served. */
export function isStandardQuotaName(name: string): boolean {
  return quotaNames.has(name) || isQuotaHugePages(name)
}

/** More than there is may be promised: not of huge pages, nor of what vendors name. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name)
}

/** As {@link invalidValue}; Kubernetes prints names of resources without quotes. */
function invalidName(field: string, name: string, detail: string): StatusCause {
  return { ...invalidValue(field, name, detail), message: `Invalid value: ${name.slice(0, 1024)}: ${detail}` }
}

export function resourceNameCauses(name: string, field: string): StatusCause[] {
  const problems = isQualifiedName(name).map((problem) => invalidName(field, name, problem))
  if (problems.length > 0 || name.includes('/') || standardNames.has(name) || isQuotaHugePages(name)) return problems
  return [invalidName(field, name, 'must be a standard resource type or fully qualified')]
}

export function quotaNameCauses(name: string, field: string): StatusCause[] {
  const causes = resourceNameCauses(name, field)
  if (!name.includes('/') && !isStandardQuotaName(name)) {
    causes.push(invalidName(field, name, 'must be a standard resource for quota'))
  }
  return causes
}

export function containerResourceNameCauses(name: string, field: string): StatusCause[] {
  const causes = resourceNameCauses(name, field)
  if (!name.includes('/')) {
    if (!containerNames.has(name) && !isHugePages(name)) {
      causes.push(invalidName(field, name, 'must be a standard resource for containers'))
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    causes.push(invalidName(field, name, "doesn't follow extended resource name standard"))
  }
  return causes
}

const milli = 1_000_000n

/** What a hard limit or an amount in use must be; texts that are no quantity are the schema's business. */
export function amountCauses(name: string, value: Json, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (typeof value !== 'string' && typeof value !== 'number') return causes
  const { nanos } = parseQuantity(value)
  if (nanos < 0n) causes.push(invalidValue(field, String(value), 'must be greater than or equal to 0'))
  const whole = (nanos + (nanos < 0n ? -(milli - 1n) : milli - 1n)) / milli
  if ((integerNames.has(name) || isExtendedResource(name)) && whole % 1000n !== 0n) {
    causes.push(invalidValue(field, String(value), 'must be an integer'))
  }
  return causes
}
