/**
 * Unknown fields in schemas that stand where a boolean or a list could stand as well (`items`, `additionalProperties`): the kind's
 * own schema leaves such members open, so they are looked at here.
 */

import { isJsonObject, prune, type JsonObject, type Schema, type SchemaSet } from '@berth/meta'
import { childrenOf, propsAt, type Props } from './crd.ts'

const open = ['items', 'additionalProperties', 'additionalItems'] as const

/** Drops what is unknown in place, and returns the names of the fields that were dropped. */
export function dropUnknown(props: Props, propsName: string, schemas: SchemaSet): string[] {
  const dropped: string[] = []
  const one: Schema = { type: 'object', properties: { schema: { ref: propsName } } }
  const walk = (at: Props): void => {
    for (const member of open) {
      const below = propsAt(at, member)
      if (below === undefined) continue
      const wrapped: JsonObject = { schema: below }
      for (const field of prune(wrapped, one, schemas)) dropped.push(field.replace(/^schema/, member))
    }
    for (const child of childrenOf(at)) walk(child)
  }
  if (isJsonObject(props)) walk(props)
  return dropped
}
