/** What this folder needs of the language of x-kubernetes-validations. */

import type { Json, Schema, SchemaSet, StatusCause } from '@berth/meta'

export interface SchemaRules {
  /** Causes of rules that do not compile, or cost too much by estimate. @param path of the schema */
  check(schema: Schema, path: string, previous: Schema | undefined): StatusCause[]
  /** Causes of rules that `object` breaks. @param options.path of the value inside its object; a whole object has none */
  evaluate(options: {
    schema: Schema
    schemas: SchemaSet
    object: Json
    oldObject: Json | undefined
    path?: string
  }): StatusCause[]
}
