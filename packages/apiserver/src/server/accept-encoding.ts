/** Whether a client takes gzip (RFC 9110, 12.5.3). */

/** Clauses looked at; no client needs more, and each costs time. */
const maxClauses = 32

/** An own clause decides; `*` speaks for encodings that have none. */
export function acceptsGzip(header: string): boolean {
  let any = false
  for (const clause of header.split(',', maxClauses)) {
    const [name = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase())
    const accepted = qualityOf(parameters) > 0
    if (name === 'gzip' || name === 'x-gzip') return accepted
    if (name === '*') any = accepted
  }
  return any
}

function qualityOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const match = /^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter)
    // What cannot be read is no wish: uncompressed is always right.
    if (parameter.startsWith('q')) return match === null ? 0 : Number(match[1])
  }
  return 1
}
