/** Where a field that a server names stands in a YAML text. */

import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'

/** @param field `spec.template.spec.volumes[0].name`; @returns the line, from 1, of it or of the nearest thing around it */
export function placeInText(text: string, field: string): number {
  const lines = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter: lines })
  let node: unknown = contents
  let offset = 0
  for (const step of stepsOf(field)) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      if (pair === undefined) break
      if (isScalar(pair.key) && pair.key.range) [offset] = pair.key.range
      node = pair.value
    } else if (isSeq(node)) {
      const item = node.items[Number(step)]
      if (item === undefined) break
      const { range } = item as { range?: [number, number, number] | null }
      if (range) [offset] = range
      node = item
    } else break
  }
  return Math.max(1, lines.linePos(offset).line)
}

/** `[key]` is a number or a member with dots in its name. */
function stepsOf(field: string): string[] {
  return [...field.matchAll(/[^.[\]]+|\[([^\]]*)\]/g)].map(([whole, inner]) =>
    (inner ?? whole).replaceAll(/^["']|["']$/g, ''),
  )
}
