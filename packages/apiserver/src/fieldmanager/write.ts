/** What is recorded of a write, and of the kind it writes. */

import type { Schema } from '@berth/meta'
import type { ShapeContext } from './shape.ts'

export interface Write {
  readonly manager: string
  /** Version of the request. */
  readonly apiVersion: string
  /** Empty for the object itself. */
  readonly subresource: string
  /** RFC 3339, whole seconds. */
  readonly time: string
}

/** How objects of a kind are taken apart. */
export interface Kind {
  readonly schema: Schema
  readonly context: ShapeContext
}
