/** The content of one field of a form as browsers send it (multipart/form-data, RFC 7578), while it arrives. */

import { badRequest } from '@berth/meta'

/** Bytes of a part's headers; more are an attack. */
const maxHead = 16 * 1024
/** RFC 2046 allows 70. */
const maxBoundary = 70

/** @throws {StatusError} BadRequest for another content type */
export function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined || boundary.length > maxBoundary)
    throw badRequest('the body has to be multipart/form-data with a boundary')
  return boundary
}

/**
 * The bytes of the first field of that name; what comes after it is not read.
 * @throws {StatusError} BadRequest when the form ends before the field does, or has none
 */
export async function* formField(
  body: AsyncIterable<Uint8Array>,
  { boundary, field }: { boundary: string; field: string },
): AsyncGenerator<Uint8Array> {
  const mark = Buffer.from(`\r\n--${boundary}`)
  // A form begins with its mark, without the line break that belongs to all later ones.
  let held: Buffer = Buffer.from('\r\n')
  let state: 'between' | 'head' | 'wanted' = 'between'
  for await (const chunk of body) {
    held = Buffer.concat([held, chunk])
    for (;;) {
      if (state === 'head') {
        const end = held.indexOf('\r\n\r\n')
        if (end < 0) {
          if (held.length > maxHead) throw badRequest('a part of the form has too long a head')
          break
        }
        state = isField(held.toString('latin1', 0, end), field) ? 'wanted' : 'between'
        held = held.subarray(end + 4)
      }
      const at = held.indexOf(mark)
      if (at < 0) {
        const keep = Math.min(held.length, mark.length - 1)
        const ready = held.subarray(0, held.length - keep)
        if (state === 'wanted' && ready.length > 0) yield ready
        held = held.subarray(ready.length)
        break
      }
      if (state === 'wanted') {
        if (at > 0) yield held.subarray(0, at)
        return
      }
      const after = at + mark.length
      if (held.length < after + 2) break
      if (held.toString('latin1', after, after + 2) === '--') throw badRequest(`the form has no field "${field}"`)
      state = 'head'
      held = held.subarray(after)
    }
  }
  throw badRequest(`the form ended before its field "${field}" did`)
}

function isField(head: string, field: string): boolean {
  const disposition = /^content-disposition\s*:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? ''
  return /(?:^|;)\s*name="?([^";]*)"?/i.exec(disposition)?.[1] === field
}
