/**
 * Volumes and snapshots of which nobody can read what is written about them. They are there, and out of service; which images are theirs
 * is not known, so that none of their storage is removed or merged until a new start can read it again.
 */

import { EngineError } from '../../errors.ts'
import { unreadable } from './records.ts'

export class Unknown {
  readonly volumes = new Map<string, EngineError>()
  readonly snapshots = new Map<string, EngineError>()

  /** Why something cannot be known; undefined when everything is. */
  get first(): EngineError | undefined {
    return [...this.volumes.values(), ...this.snapshots.values()][0]
  }
}

/**
 * Reads what is written about `what`; what is damaged is put into `unknown` under the name.
 * @throws what is no damage: that is to be looked after before an engine can start
 */
export async function unlessDamaged(
  reading: () => Promise<void>,
  { what, name, unknown }: { what: 'volume' | 'snapshot'; name: string; unknown: Map<string, EngineError> },
): Promise<void> {
  try {
    await reading()
  } catch (error) {
    if (!isDamage(error)) throw error
    unknown.set(name, error instanceof EngineError ? error : unreadable(`${what} "${name}"`, error))
  }
}

/** Of the content, or of the disk that it lies on. */
export function isDamage(error: unknown): boolean {
  if (error instanceof EngineError) return true
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EIO' || code === 'EBADMSG' || code === 'EISDIR'
}
