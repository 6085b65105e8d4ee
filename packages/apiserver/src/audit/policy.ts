/** audit.k8s.io/v1 Policy: which requests are kept, and how much of each. */

import { isJsonObject, ownMember, type Json, type JsonObject } from '@berth/meta'
import { AuditError } from './errors.ts'

export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type PolicyLevel = (typeof auditLevels)[number]

export const auditStages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type AuditStage = (typeof auditStages)[number]

export interface AuditResources {
  readonly group: string
  /** `pods`, `pods/log`, `*\/scale`, `pods/*`, `*`; empty means all of the group. */
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

/** The first rule a request meets decides. Empty lists match everything. */
export interface AuditRule {
  readonly level: PolicyLevel
  readonly users: readonly string[]
  readonly userGroups: readonly string[]
  readonly verbs: readonly string[]
  readonly resources: readonly AuditResources[]
  readonly namespaces: readonly string[]
  readonly nonResourceURLs: readonly string[]
  readonly omitStages: readonly AuditStage[]
  /** Undefined: as the policy says. */
  readonly omitManagedFields: boolean | undefined
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[]
  readonly omitStages: readonly AuditStage[]
  readonly omitManagedFields: boolean
}

const remedy = 'See https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy for what a policy holds.'

/**
 * @param value what a JSON or YAML file holds
 * @throws {AuditError} InvalidPolicy with every fault
 */
export function readAuditPolicy(value: unknown): AuditPolicy {
  const faults: string[] = []
  const policy = isJsonObject(value) ? new Reader(value, '', faults) : undefined
  if (policy === undefined) throw refused(['a Policy object was expected'])
  policy.only(['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'])
  policy.exactly('apiVersion', 'audit.k8s.io/v1')
  policy.exactly('kind', 'Policy')
  const read: AuditPolicy = {
    rules: policy.objects('rules').map(readRule),
    omitStages: policy.stages('omitStages'),
    omitManagedFields: policy.flag('omitManagedFields') ?? false,
  }
  if (read.rules.length === 0) faults.push('rules: at least one rule is needed, or nothing is kept')
  if (faults.length > 0) throw refused(faults)
  return read
}

/** @throws {AuditError} InvalidPolicy */
export async function parseAuditPolicy(text: string): Promise<AuditPolicy> {
  // Loaded only by those who have a policy of their own.
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 0 })
  } catch (error) {
    throw new AuditError('InvalidPolicy', `the audit policy is not YAML: ${String(error)}`, { cause: error, remedy })
  }
  return readAuditPolicy(value)
}

function readRule(rule: Reader): AuditRule {
  rule.only([
    'level',
    'users',
    'userGroups',
    'verbs',
    'resources',
    'namespaces',
    'nonResourceURLs',
    'omitStages',
    'omitManagedFields',
  ])
  const level = rule.text('level')
  const known = auditLevels.find((each) => each === level)
  if (known === undefined) rule.fault('level', `must be one of ${auditLevels.join(', ')}`)
  const nonResourceURLs = rule.texts('nonResourceURLs')
  for (const url of nonResourceURLs) {
    if (url !== '*' && !url.startsWith('/')) rule.fault('nonResourceURLs', `"${url}" must start with a "/" or be "*"`)
    if (url.slice(0, -1).includes('*')) rule.fault('nonResourceURLs', `"${url}" may have a "*" only at its end`)
  }
  const resources = rule.objects('resources').map(readResources)
  const namespaces = rule.texts('namespaces')
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    rule.fault('nonResourceURLs', 'cannot apply to both regular resources and non-resource URLs')
  }
  return {
    level: known ?? 'None',
    users: rule.texts('users'),
    userGroups: rule.texts('userGroups'),
    verbs: rule.texts('verbs'),
    resources,
    namespaces,
    nonResourceURLs,
    omitStages: rule.stages('omitStages'),
    omitManagedFields: rule.flag('omitManagedFields'),
  }
}

function readResources(reader: Reader): AuditResources {
  reader.only(['group', 'resources', 'resourceNames'])
  const resources = reader.texts('resources')
  const resourceNames = reader.texts('resourceNames')
  const group = reader.text('group')
  if (group.includes('/')) reader.fault('group', 'is a group name without its version')
  if (resourceNames.length > 0 && resources.length === 0) {
    reader.fault('resourceNames', 'names need at least one resource')
  }
  return { group, resources, resourceNames }
}

function refused(faults: readonly string[]): AuditError {
  return new AuditError('InvalidPolicy', `the audit policy is not valid: ${faults.join('; ')}`, {
    remedy,
  })
}

/** One object of the file; every fault is kept with its path, so that a reader sees all at once. */
class Reader {
  readonly #object: JsonObject
  readonly #path: string
  readonly #faults: string[]

  constructor(object: JsonObject, path: string, faults: string[]) {
    this.#object = object
    this.#path = path
    this.#faults = faults
  }

  fault(key: string, why: string): void {
    this.#faults.push(`${this.#path}${key}: ${why}`)
  }

  only(keys: readonly string[]): void {
    for (const key of Object.keys(this.#object)) if (!keys.includes(key)) this.fault(key, 'is not known')
  }

  exactly(key: string, value: string): void {
    if (this.text(key) !== value) this.fault(key, `must be ${value}`)
  }

  text(key: string): string {
    const value = ownMember(this.#object, key) ?? ''
    if (typeof value === 'string') return value
    this.fault(key, 'must be a text')
    return ''
  }

  flag(key: string): boolean | undefined {
    const value = ownMember(this.#object, key) ?? undefined
    if (value === undefined || typeof value === 'boolean') return value
    this.fault(key, 'must be true or false')
    return undefined
  }

  texts(key: string): string[] {
    return this.#list(key, (value): value is string => typeof value === 'string', 'texts')
  }

  stages(key: string): AuditStage[] {
    return this.#list(
      key,
      (value): value is AuditStage => auditStages.some((each) => each === value),
      auditStages.join(', '),
    )
  }

  objects(key: string): Reader[] {
    return this.#list(key, isJsonObject, 'objects').map(
      (object, index) => new Reader(object, `${this.#path}${key}[${index}].`, this.#faults),
    )
  }

  #list<T extends Json>(key: string, accepts: (value: Json) => value is T, what: string): T[] {
    const value = ownMember(this.#object, key) ?? []
    if (Array.isArray(value) && value.every(accepts)) return value
    this.fault(key, `must be a list of ${what}`)
    return []
  }
}
