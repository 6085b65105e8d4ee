/** Why a machine in a file cannot be read. */

export type OvfErrorCode =
  /** No OVF, no tar archive, or damaged. */
  | 'Unreadable'
  /** Made to do harm, or against the standard in a way that could. */
  | 'Hostile'
  /** Beyond the bounds. */
  | 'TooLarge'
  /** Well made, but of a kind that is not taken. */
  | 'Unsupported'

export class OvfError extends Error {
  readonly code: OvfErrorCode

  constructor(code: OvfErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'OvfError'
    this.code = code
  }
}
