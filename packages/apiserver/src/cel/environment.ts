/** What an expression may name: variables, functions of the libraries, and types. */

import { kubernetesLibrary } from './library/kubernetes.ts'
import type { FunctionTable } from './library/functions.ts'
import type { CelObjectType, CelType } from './types.ts'

export interface CelEnvironmentOptions {
  /** Variables and their types; dotted names are fine. */
  readonly variables: Readonly<Record<string, CelType>>
  readonly libraries: 'kubernetes'
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
    functions: kubernetesLibrary,
    objects: options.objects ?? (() => undefined),
  }
}
