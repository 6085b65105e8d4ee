/** Parts of a body (RFC 9110, section 14): one range per request, which is what a download that goes on asks for. */

export type WantedRange =
  | { kind: 'whole' }
  | { kind: 'part'; from: number; /** Excluded. */ to: number }
  | { kind: 'outside' }

/** @param request.ifRange only what still is what the client has a part of is answered with another part of it */
export function rangeOf(
  request: { range: string | undefined; ifRange: string | undefined },
  { bytes, etag }: { bytes: number; etag: string },
): WantedRange {
  const { range, ifRange } = request
  const whole: WantedRange = { kind: 'whole' }
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return whole
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range.trim())
  // Several ranges, or what is none: answered as if it were not there.
  if (match === null) return whole
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return whole
  if (first === '') {
    const length = Math.min(bytes, Number(last))
    return length === 0 ? { kind: 'outside' } : { kind: 'part', from: bytes - length, to: bytes }
  }
  const from = Number(first)
  const to = last === '' ? bytes : Math.min(bytes, Number(last) + 1)
  if (last !== '' && Number(last) < from) return whole
  return from >= bytes ? { kind: 'outside' } : { kind: 'part', from, to }
}
