/** The base of every package's error class: a closed set of codes, a cause, and what to do next. */

export interface CodedErrorOptions {
  /** What the reader should do about it, in one sentence. Shown after the message by the CLI. */
  remedy?: string
  cause?: unknown
}

/**
 * An error with a code from a closed set. Each package derives one class from it and documents its codes.
 * `message` says what happened to which object and why; `remedy` says what to do next.
 */
export class CodedError<Code extends string> extends Error {
  readonly code: Code
  readonly remedy: string | undefined

  constructor(code: Code, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.remedy = options.remedy
  }
}

/** The message of anything that was thrown; never throws itself. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return String(thrown)
}
