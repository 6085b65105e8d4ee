/** Reads Prometheus' text format as far as a scrape needs it: names, labels, values; comments and times are passed over. */

export interface Point {
  name: string
  labels: ReadonlyMap<string, string>
  value: number
}

/**
 * Points whose name begins with `prefix`. Lines that cannot be read are left out: a server of another version may write more.
 * Linear in the text.
 */
export function* readPoints(text: string, prefix: string): Generator<Point> {
  let at = 0
  while (at < text.length) {
    let end = text.indexOf('\n', at)
    if (end < 0) end = text.length
    if (text.startsWith(prefix, at)) {
      const point = readLine(text.slice(at, end))
      if (point !== undefined) yield point
    }
    at = end + 1
  }
}

function readLine(line: string): Point | undefined {
  const brace = line.indexOf('{')
  const space = line.indexOf(' ')
  if (space < 0) return undefined
  if (brace < 0 || space < brace) {
    return pointOf(line.slice(0, space), new Map(), line.slice(space + 1))
  }
  const read = readLabels(line, brace + 1)
  return read === undefined ? undefined : pointOf(line.slice(0, brace), read.labels, line.slice(read.end))
}

function pointOf(name: string, labels: Map<string, string>, rest: string): Point | undefined {
  const [text = ''] = rest.trim().split(' ', 1)
  const value = Number(text)
  return text === '' || !Number.isFinite(value) ? undefined : { name, labels, value }
}

/** `end` is behind the closing brace. */
function readLabels(line: string, from: number): { labels: Map<string, string>; end: number } | undefined {
  const labels = new Map<string, string>()
  let at = from
  while (at < line.length) {
    if (line[at] === '}') return { labels, end: at + 1 }
    const equals = line.indexOf('="', at)
    if (equals < 0) return undefined
    const name = line.slice(at, equals).trim()
    let value = ''
    at = equals + 2
    for (; at < line.length && line[at] !== '"'; at++) {
      if (line[at] !== '\\') value += line[at] ?? ''
      else {
        at += 1
        value += line[at] === 'n' ? '\n' : (line[at] ?? '')
      }
    }
    labels.set(name, value)
    at += 1
    if (line[at] === ',') at += 1
  }
  return undefined
}
