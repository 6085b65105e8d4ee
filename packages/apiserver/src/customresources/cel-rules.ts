/** x-kubernetes-validations in the server's own implementation of CEL. */

import { checkSchemaRules, evaluateSchemaRules } from '../cel/schema-rules.ts'
import type { SchemaRules } from './rules-port.ts'

export const celRules: SchemaRules = {
  check: (schema, path, previous) => checkSchemaRules(schema, path, previous),
  evaluate: (run) => evaluateSchemaRules(run),
}
