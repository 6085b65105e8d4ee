/** The last steps before an object is written: schema defaults, the kind's own defaults, validation. */

import { applyDefaults, canonicalise, invalid, validate, validateObjectMeta, type StatusCause } from '@berth/meta'
import type { ApiObject, ResourceCall } from './call.ts'

export interface AdmitOptions {
  previous: ApiObject | undefined
  /** Found by earlier steps; reported together with the rest. */
  causes?: StatusCause[]
  /** False skips the kind's own rules: status writes report what is, they do not ask. True unless given. */
  rules?: boolean
}

/**
 * Completes `object` in place and refuses it when it is not valid.
 * @throws {StatusError} Invalid with every cause
 */
export async function admit(call: ResourceCall, object: ApiObject, options: AdmitOptions): Promise<void> {
  const { definition, services } = call
  const { previous, causes = [] } = options
  const { schemas } = services.registry
  const rules = options.rules === false ? undefined : definition.rules
  applyDefaults(object, definition.schema, schemas)
  await rules?.default?.(object, previous, call)
  const found = [
    ...validateObjectMeta(object.metadata, {
      namespaced: definition.namespaced,
      ...(definition.nameKind === undefined ? {} : { nameKind: definition.nameKind }),
    }),
    ...causes,
    ...validate(object, definition.schema, schemas),
  ]
  // Rules may rely on the schema, so they only see objects that fulfil it.
  if (found.length === 0) {
    canonicalise(object, definition.schema, schemas)
    found.push(...((await rules?.validate?.(object, previous, call)) ?? []))
  }
  if (found.length > 0) throw invalid(definition, object.metadata.name ?? '', found)
}
