/** `PUT /api/v1/namespaces/<name>/finalize`: replaces `spec.finalizers`; the namespace goes when none is left. */

import { deepEqual, invalidValue, isQualifiedName, validate, type JsonObject, type StatusCause } from '@berth/meta'
import type { PartSubresource } from '../resource/definition.ts'
import { objectAt, textsAt } from './fields.ts'
import { labelled } from './namespaces.ts'

const schema = { ref: 'io.k8s.api.core.v1.Namespace' }

export const namespaceFinalize: PartSubresource = {
  methods: ['PUT'],
  part: {
    merge(object, previous) {
      const merged = { ...previous }
      merged.metadata = labelled(object.metadata)
      merged['spec'] = { ...objectAt(previous, 'spec'), ...finalizersOf(object) }
      return merged
    },
    claimed: (config) => ({ spec: finalizersOf(config) }),
    check(object, previous, { schemas }) {
      const causes = validate(object, schema, schemas)
      const unchanged = deepEqual(finalizersOf(object), finalizersOf(previous))
      return causes.length > 0 || unchanged ? causes : nameCauses(finalizersOf(object).finalizers)
    },
  },
}

function finalizersOf(namespace: JsonObject): { finalizers: string[] } {
  return { finalizers: textsAt(objectAt(namespace, 'spec'), 'finalizers') }
}

/** Kubernetes' own finalizer has no domain; all others must say whose they are (core validation). */
function nameCauses(finalizers: readonly string[]): StatusCause[] {
  return finalizers.flatMap((name, index) => {
    const field = `spec.finalizers[${index}]`
    const problems = isQualifiedName(name)
    if (problems.length > 0) return problems.map((problem) => invalidValue(field, name, problem))
    const known = name.includes('/') || name === 'kubernetes'
    const why = 'name is neither a standard finalizer name nor is it fully qualified'
    return known ? [] : [invalidValue(field, name, why)]
  })
}
