/** Whether what a template comes to is a machine: known fields only, each of its type. Values that depend on the host come later. */

import { resources } from '@berth/api'
import { deepClone, prune, validate, type JsonObject, type Schema } from '@berth/meta'
import { allSchemas } from '../resources/schemas.ts'

const schema: Schema = { ref: resources.virtualMachine.schemaName }

/** What is wrong with it, in one sentence. */
export function machineProblem(machine: JsonObject): string | undefined {
  const copy = deepClone(machine)
  const unknown = prune(copy, schema, allSchemas)
  if (unknown.length > 0) {
    return `strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`
  }
  const causes = validate(copy, schema, allSchemas)
  if (causes.length === 0) return undefined
  return causes.map(({ field = '', message = '' }) => `${field}: ${message}`).join(', ')
}
