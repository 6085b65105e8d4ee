/** Rules as a refusal names them: put together where only their verbs differ, in Go's notation. Pure. */

import type { PolicyRule } from './rule.ts'

/** Pieces about one thing each (one resource, at most one name) become one rule with all their verbs; others stay as they are. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compact = new Map<string, PolicyRule>()
  rules.forEach((rule, index) => {
    const { apiGroups, resources, resourceNames, nonResourceURLs } = rule
    const key = nonResourceURLs.length > 0 ? String(index) : JSON.stringify([apiGroups, resources, resourceNames])
    const known = compact.get(key)
    compact.set(key, known === undefined ? rule : { ...known, verbs: [...known.verbs, ...rule.verbs] })
  })
  return [...compact.values()]
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  })
  const shown = parts
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`)
  return `{${shown.join(', ')}}`
}
