/** What a client asks of an endpoint of a backup: `?offset=…&length=…&page_size=…`, as KubeVirt takes them. */

/** Bytes of a disk. */
export interface Piece {
  offset: number
  length: number
}

export type Asked<T> = T | { refused: string }

/** Extents on a page unless it is said. */
const usualPage = 512
/** More would have to be held in memory; who asks for more gets a page of so many, and where to go on. */
const largestPage = 16_384

/** No length, or 0, is all up to the end; what is beyond the end is left out. */
export function pieceAsked(query: URLSearchParams, sizeBytes: number): Asked<Piece> {
  const offset = numberOf(query, 'offset')
  const length = numberOf(query, 'length')
  if (typeof offset !== 'number') return offset
  if (typeof length !== 'number') return length
  if (offset >= sizeBytes) return { refused: `offset ${offset} is beyond export size ${sizeBytes}` }
  return { offset, length: length === 0 ? sizeBytes - offset : Math.min(length, sizeBytes - offset) }
}

export function pageAsked(query: URLSearchParams): Asked<number> {
  const text = query.get('page_size') ?? ''
  if (text === '') return usualPage
  if (!/^[0-9]{1,18}$/.test(text) || Number(text) === 0) return { refused: `invalid page_size ${JSON.stringify(text)}` }
  return Math.min(Number(text), largestPage)
}

function numberOf(query: URLSearchParams, name: string): Asked<number> {
  const text = query.get(name) ?? ''
  if (text === '') return 0
  if (/^[0-9]{1,20}$/.test(text)) return Number(text)
  return { refused: `invalid ${name} ${JSON.stringify(text.slice(0, 100))}: not a number of bytes` }
}
