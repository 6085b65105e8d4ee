import type { ObjectPart } from '../resource/definition.ts'

/** What a write may touch: the object without its status, only the status, or what a subresource of its own says. */
export type WriteTarget = 'main' | 'status' | NamedPart

export interface NamedPart extends ObjectPart {
  /** Of the subresource. */
  readonly name: string
}

/** The subresource written; empty for the object itself. */
export function subresourceOf(target: WriteTarget): string {
  return target === 'main' ? '' : target === 'status' ? target : target.name
}
