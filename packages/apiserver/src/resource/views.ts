/** A definition as one of its versions shows it: what the version says for itself stands in place of what the definition says. */

import type { ResourceDefinition, ResourceVersionDefinition } from './definition.ts'

const kept = new WeakMap<ResourceDefinition, Map<string, ResourceDefinition>>()

/** Members a version may say for itself. */
const own = [
  'schema',
  'schemaName',
  'columns',
  'selectableFields',
  'status',
  'subresources',
  'check',
  'document',
] as const satisfies (keyof ResourceVersionDefinition & keyof ResourceDefinition)[]

/**
 * The definition as served in `version`: the definition itself when the version says nothing of its own, else a copy that is made
 * once. Undefined for a version that is not declared.
 */
export function viewIn(definition: ResourceDefinition, version: string): ResourceDefinition | undefined {
  const declared = definition.versions.find((each) => each.name === version)
  if (declared === undefined) return undefined
  if (own.every((member) => declared[member] === undefined)) return definition
  let views = kept.get(definition)
  if (views === undefined) {
    views = new Map()
    kept.set(definition, views)
  }
  let view = views.get(version)
  if (view === undefined) {
    view = { ...definition }
    for (const member of own) {
      // Both sides have the same type, which the loop hides from the compiler.
      if (declared[member] !== undefined) Object.assign(view, { [member]: declared[member] })
    }
    views.set(version, view)
  }
  return view
}
