/** Every kind's evaluator: three kinds have rules of their own, all others are counted. */

import { collectionOf } from '../resource/traits.ts'
import { claimEvaluator } from './claims.ts'
import type { Evaluator } from './evaluator.ts'
import { podEvaluator } from './pods.ts'
import { serviceEvaluator } from './services.ts'
import { one } from './usage.ts'

const special = [podEvaluator, serviceEvaluator, claimEvaluator]

/** Kinds that had a name in quotas before `count/<resource>.<group>` came. */
const aliases = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])

/** Never counted: there are always more of them. */
const uncounted = new Set(['core/events', 'events.k8s.io/events'])

function counter(target: { group: string; resource: string }): Evaluator {
  const { group, resource } = target
  const names = [`count/${resource}${group === '' ? '' : `.${group}`}`]
  if (group === '' && aliases.has(resource)) names.push(resource)
  const usage = new Map(names.map((name) => [name, one]))
  return {
    collection: collectionOf(target),
    counts: (name) => names.includes(name),
    checks: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    inScope: () => false,
    missing: () => [],
    usage: () => usage,
  }
}

/** How objects of a resource count; undefined when they never do. */
export function evaluatorOf(target: { group: string; resource: string }): Evaluator | undefined {
  const collection = collectionOf(target)
  if (uncounted.has(collection)) return undefined
  return special.find((each) => each.collection === collection) ?? counter(target)
}

const countName = /^count\/([a-z0-9-]+)(?:\.([a-z0-9.-]+))?$/

/** The evaluators that the names in a quota call for, by collection. */
export function evaluatorsFor(names: readonly string[]): Map<string, Evaluator> {
  const found = new Map<string, Evaluator>()
  const add = (evaluator: Evaluator | undefined): void => {
    if (evaluator !== undefined) found.set(evaluator.collection, evaluator)
  }
  special.filter((each) => names.some((name) => each.counts(name))).forEach(add)
  for (const name of names) {
    if (aliases.has(name)) add(counter({ group: '', resource: name }))
    const [, resource, group = ''] = countName.exec(name) ?? []
    if (resource !== undefined) add(evaluatorOf({ group, resource }))
  }
  return found
}
