/** Bodies that are nested so deep that what walks them would run out of stack. */

import { ConsoleError } from '../errors.ts'

/** Manifests have some twenty levels. */
const maxDepth = 200

/** @throws {ConsoleError} BadRequest */
export function checkDepth(body: unknown): void {
  let level: unknown[] = [body]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new ConsoleError('BadRequest', `the body is nested deeper than ${maxDepth} levels`)
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? Object.values(value) : [],
    )
  }
}
