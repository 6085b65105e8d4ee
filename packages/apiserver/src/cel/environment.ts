/** What an expression may name: variables, functions of the libraries, and types. */

import { kubernetesLibrary, mutationLibrary } from './library/kubernetes.ts'
import type { FunctionTable } from './library/functions.ts'
import type { CelObjectType, CelType } from './types.ts'

export interface CelEnvironmentOptions {
  /** Variables and their types; dotted names are fine. */
  readonly variables: Readonly<Record<string, CelType>>
  /** `mutation` has the functions of mutating policies besides. */
  readonly libraries: 'kubernetes' | 'mutation'
  /** Object types that `Name{field: value}` may build, by name. */
  readonly objects?: (name: string) => CelObjectType | undefined
}

export interface CelEnvironment {
  readonly variables: ReadonlyMap<string, CelType>
  readonly functions: FunctionTable
  readonly objects: (name: string) => CelObjectType | undefined
}

export function celEnvironment(options: CelEnvironmentOptions): CelEnvironment {
  return {
    variables: new Map(Object.entries(options.variables)),
    functions: options.libraries === 'mutation' ? mutationLibrary : kubernetesLibrary,
    objects: options.objects ?? (() => undefined),
  }
}
