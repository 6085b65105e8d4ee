/** All functions an expression may call in Kubernetes 1.33. */

import { text } from './args.ts'
import { arithmetic } from './arithmetic.ts'
import { authorizers } from './authorizer.ts'
import { comparison } from './comparison.ts'
import { conversion } from './conversion.ts'
import { traversal } from './cost.ts'
import { functionTable, overload, type FunctionTable, type Library } from './functions.ts'
import { lists, sets } from './lists.ts'
import { namedFormats } from './named-format.ts'
import { networks } from './net.ts'
import { optionals } from './optional.ts'
import { patterns } from './patterns.ts'
import { quantities } from './quantity.ts'
import { semvers } from './semver.ts'
import { strings } from './strings.ts'
import { time } from './time.ts'
import { urls } from './url.ts'

/** A key as a step of a JSON pointer. */
const jsonPatch: Library = [
  overload(
    'jsonpatch.escapeKey(string): string',
    (a) => text(a, 0).replaceAll('~', '~0').replaceAll('/', '~1'),
    traversal(),
  ),
]

export const kubernetesLibrary: FunctionTable = functionTable(
  comparison,
  arithmetic,
  conversion,
  time,
  strings,
  patterns,
  lists,
  sets,
  optionals,
  urls,
  quantities,
  networks,
  namedFormats,
  semvers,
  authorizers,
)

/** The same with what only mutating policies may call. */
export const mutationLibrary: FunctionTable = new Map([...kubernetesLibrary, ...functionTable(jsonPatch)])
