/** x-kubernetes-validations in the server's own implementation of CEL. */

import { forbiddenValue, type Schema, type StatusCause } from '@berth/meta'
import type { SchemaRules } from './rules-port.ts'

export const celRules: SchemaRules = {
  check: (schema, path) => refuseRules(schema, path),
  evaluate: () => [],
}

/** Rules that nobody would check are refused rather than ignored. */
function refuseRules(schema: Schema, path: string): StatusCause[] {
  const causes: StatusCause[] = []
  const walk = (at: Schema, where: string): void => {
    if (at.validations !== undefined) {
      causes.push(
        forbiddenValue(`${where}.x-kubernetes-validations`, 'validation rules are not supported by this server'),
      )
    }
    if (at.items !== undefined) walk(at.items, `${where}.items`)
    if (at.additionalProperties !== undefined) walk(at.additionalProperties, `${where}.additionalProperties`)
    for (const [name, each] of Object.entries(at.properties ?? {})) walk(each, `${where}.properties[${name}]`)
  }
  walk(schema, path)
  return causes
}
