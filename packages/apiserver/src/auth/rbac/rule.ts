/** RBAC rules: reading them from stored objects, what they match, and which rules cover which. Pure. */

import { isJsonObject, ownMember, type Json, type JsonObject } from '@berth/meta'

export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

export interface ResourceAction {
  verb: string
  group: string
  resource: string
  subresource?: string | undefined
  name?: string | undefined
}

/** The rules of a Role or ClusterRole; anything misshapen in it grants nothing. */
export function rulesOf(role: JsonObject): PolicyRule[] {
  const rules = ownMember(role, 'rules')
  if (!Array.isArray(rules)) return []
  return rules.filter(isJsonObject).map((rule): PolicyRule => ({
    verbs: texts(rule, 'verbs'),
    apiGroups: texts(rule, 'apiGroups'),
    resources: texts(rule, 'resources'),
    resourceNames: texts(rule, 'resourceNames'),
    nonResourceURLs: texts(rule, 'nonResourceURLs'),
  }))
}

/** The rule as an API object has it: without empty lists. */
export function ruleObject(rule: PolicyRule): JsonObject {
  const entries = Object.entries(rule).filter(([key, values]) => key === 'verbs' || values.length > 0)
  return Object.fromEntries(entries.map(([key, values]) => [key, [...values] as Json[]]))
}

function texts(rule: JsonObject, key: string): string[] {
  const value = ownMember(rule, key)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

export function matchesResource(rule: PolicyRule, action: ResourceAction): boolean {
  return (
    hasOrAll(rule.verbs, action.verb) &&
    hasOrAll(rule.apiGroups, action.group) &&
    matchesResourceName(rule.resources, action) &&
    (rule.resourceNames.length === 0 || (action.name !== undefined && rule.resourceNames.includes(action.name)))
  )
}

/** `pods`, `pods/log`, `*\/status` (any resource's status) or `*` (all, with all subresources). */
function matchesResourceName(resources: readonly string[], { resource, subresource }: ResourceAction): boolean {
  if (resources.includes('*')) return true
  if (subresource === undefined || subresource === '') return resources.includes(resource)
  return subresourceForms(subresource).some(
    (form) => resources.includes(`${resource}/${form}`) || resources.includes(`*/${form}`),
  )
}

/**
 * A nested subresource (`vnc/screenshot`) is known by its whole path and by its first segment: KubeVirt's own roles use both,
 * depending on whether kube-apiserver or the aggregated server asks.
 */
function subresourceForms(subresource: string): string[] {
  const slash = subresource.indexOf('/')
  return slash < 0 ? [subresource] : [subresource, subresource.slice(0, slash)]
}

export function matchesPath(rule: PolicyRule, verb: string, path: string): boolean {
  return hasOrAll(rule.verbs, verb) && rule.nonResourceURLs.some((pattern) => pathCovers(pattern, path))
}

/** `*` stands for everything only at the end. */
function pathCovers(pattern: string, path: string): boolean {
  if (pattern === path || pattern === '*') return true
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))
}

function hasOrAll(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value)
}

/** A rule in pieces that name one thing each. */
type Piece =
  | { kind: 'resource'; verb: string; group: string; resource: string; name: string | undefined }
  | { kind: 'path'; verb: string; path: string }

/** A rule may multiply out to many pieces; more than this are refused rather than checked. */
const maxPieces = 20_000

function* piecesOf(rule: PolicyRule): Generator<Piece> {
  for (const verb of rule.verbs) {
    for (const path of rule.nonResourceURLs) yield { kind: 'path', verb, path }
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        if (rule.resourceNames.length === 0) yield { kind: 'resource', verb, group, resource, name: undefined }
        for (const name of rule.resourceNames) yield { kind: 'resource', verb, group, resource, name }
      }
    }
  }
}

function covers(owned: PolicyRule, piece: Piece): boolean {
  if (!hasOrAll(owned.verbs, piece.verb)) return false
  if (piece.kind === 'path') return owned.nonResourceURLs.some((pattern) => pathCovers(pattern, piece.path))
  return (
    hasOrAll(owned.apiGroups, piece.group) &&
    coversResource(owned.resources, piece.resource) &&
    (owned.resourceNames.length === 0 || (piece.name !== undefined && owned.resourceNames.includes(piece.name)))
  )
}

function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes('*') || owned.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && owned.includes(`*/${resource.slice(slash + 1)}`)
}

/**
 * The part of `wanted` that `owned` does not allow, in pieces, as Kubernetes' escalation check names them; empty when all is
 * covered. At most `limit` pieces are named.
 */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[], limit = 200): PolicyRule[] {
  const missing: PolicyRule[] = []
  let count = 0
  for (const rule of wanted) {
    for (const piece of piecesOf(rule)) {
      count += 1
      if (count > maxPieces) return [...missing, rule]
      if (owned.some((each) => covers(each, piece))) continue
      missing.push(ruleOf(piece))
      if (missing.length === limit) return missing
    }
  }
  return missing
}

function ruleOf(piece: Piece): PolicyRule {
  const none: readonly string[] = []
  return piece.kind === 'path'
    ? { verbs: [piece.verb], apiGroups: none, resources: none, resourceNames: none, nonResourceURLs: [piece.path] }
    : {
        verbs: [piece.verb],
        apiGroups: [piece.group],
        resources: [piece.resource],
        resourceNames: piece.name === undefined ? none : [piece.name],
        nonResourceURLs: none,
      }
}
