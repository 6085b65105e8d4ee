/** Names of several machines from one pattern: `web-{n}` is web-1, web-2 …; `web-{n:3}` is web-001. */

const blank = /\{n(?::(\d{1,2}))?\}/g
const maxBatch = 200

export interface Batch {
  pattern: string
  /** 1 to 200. */
  count: number
  /** Number of the first. */
  start: number
}

export function batchNames({ pattern, count, start }: Batch): string[] {
  const many = Math.min(Math.max(1, Math.trunc(count)), maxBatch)
  const numbers = Array.from({ length: many }, (_unused, index) => start + index)
  const hasBlank = pattern.search(blank) >= 0
  return numbers.map((number) => {
    const text = String(number)
    if (!hasBlank) return many === 1 ? pattern : `${pattern}-${text}`
    return pattern.replace(blank, (_whole, width: string | undefined) => text.padStart(Number(width ?? 1), '0'))
  })
}
