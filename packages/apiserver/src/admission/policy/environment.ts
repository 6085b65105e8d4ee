/** What expressions of policies may name, and the object types that mutations build (apiserver `plugin/policy/mutating`). */

import { celEnvironment, type CelEnvironment } from '../../cel/environment.ts'
import { dynType, objectType, stringType, type CelObjectType, type CelType } from '../../cel/types.ts'
import { variableTypes } from '../expression/types.ts'

export interface PolicyEnvironmentOptions {
  params: boolean
  /** False in message expressions. */
  authorizer: boolean
  /** `variables.<name>` by name; those declared so far. */
  variables: ReadonlyMap<string, CelType>
  /** `Object{…}` and `JSONPatch{…}` may be built. */
  mutating?: boolean
  /** Types of what is written and of the parameter, for type checking. */
  object?: CelType
  paramsType?: CelType
}

export function policyEnvironment(options: PolicyEnvironmentOptions): CelEnvironment {
  const { variables } = options
  // A copy: more variables may be declared later, and this expression is not to see them.
  const fields = new Map(variables)
  const own: Record<string, CelType> =
    fields.size === 0
      ? {}
      : { variables: { kind: 'object', name: 'kubernetes.variables', field: (name) => fields.get(name) } }
  return celEnvironment({
    variables: { ...variableTypes(options), ...own },
    libraries: options.mutating === true ? 'mutation' : 'kubernetes',
    ...(options.mutating === true ? { objects: mutationType } : {}),
  })
}

const patchType = objectType('JSONPatch', { op: stringType, path: stringType, from: stringType, value: dynType })
const objectName = /^Object(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

/** `Object` and everything below it: fields of any name and type, as the schema of what is written is not known here. */
function mutationType(name: string): CelObjectType | undefined {
  if (name === patchType.name) return patchType
  if (!objectName.test(name)) return undefined
  return { kind: 'object', name, field: () => dynType }
}
