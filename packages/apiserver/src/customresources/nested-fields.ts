/**
 * Unknown fields in schemas that stand where a boolean or a list could stand as well (`items`, `additionalProperties`): the kind's
 * own schema leaves such members open, so they are looked at here. Kubernetes' decoder drops such fields without a word even where it
 * is asked to be strict, so nothing is refused for them; a warning tells.
 */

import { isJsonObject, prune, type JsonObject, type Schema, type SchemaSet } from '@berth/meta'
import { propsAt, propsList, propsMap, type Props } from './crd.ts'

const open = ['items', 'additionalProperties', 'additionalItems'] as const

/** Drops what is unknown in place, and returns the paths of what was dropped: `properties.a.items.foo`. */
export function dropUnknown(props: Props, propsName: string, schemas: SchemaSet): string[] {
  const dropped: string[] = []
  const one: Schema = { type: 'object', properties: { schema: { ref: propsName } } }
  const walk = (at: Props, path: string): void => {
    for (const member of open) {
      const below = propsAt(at, member)
      if (below === undefined) continue
      const wrapped: JsonObject = { schema: below }
      for (const field of prune(wrapped, one, schemas)) dropped.push(field.replace(/^schema/, `${path}${member}`))
    }
    for (const [step, child] of stepsBelow(at)) walk(child, `${path}${step}.`)
  }
  if (isJsonObject(props)) walk(props, '')
  return dropped
}

function stepsBelow(props: Props): [string, Props][] {
  const steps: [string, Props | undefined][] = ['items', 'additionalProperties', 'not'].map((key) => [
    key,
    propsAt(props, key),
  ])
  for (const key of ['allOf', 'anyOf', 'oneOf']) {
    steps.push(...propsList(props, key).map((each, index): [string, Props] => [`${key}[${index}]`, each]))
  }
  steps.push(...propsMap(props, 'properties').map(([name, each]): [string, Props] => [`properties.${name}`, each]))
  return steps.flatMap(([step, below]) => (below === undefined ? [] : [[step, below]]))
}
