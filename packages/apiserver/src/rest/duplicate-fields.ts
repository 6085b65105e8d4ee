/** Finds members that a JSON text gives twice. Slow and exact; only run on texts known to be valid and to have some. */

interface Level {
  path: string
  /** Keys seen so far; undefined inside an array. */
  keys: Set<string> | undefined
  index: number
}

/** More are not worth telling; kube-apiserver stops at as many. */
const maxFound = 100

/** Paths of the repeated members, each once, in the order of the text; the first hundred. */
export function duplicateFields(text: string): string[] {
  const found = new Set<string>()
  const stack: Level[] = []
  let here = ''
  let expectKey = false
  for (let at = 0; at < text.length; at += 1) {
    const top = stack.at(-1)
    const character = text[at] ?? ''
    switch (character) {
      case '{':
      case '[': {
        const isObject = character === '{'
        stack.push({ path: top === undefined ? '' : here, keys: isObject ? new Set() : undefined, index: 0 })
        if (isObject) expectKey = true
        else here = `${top === undefined ? '' : here}[0]`
        break
      }
      case '}':
      case ']':
        stack.pop()
        expectKey = false
        break
      case ',':
        if (top?.keys === undefined && top !== undefined) {
          top.index += 1
          here = `${top.path}[${top.index}]`
        } else expectKey = true
        break
      case '"': {
        const end = endOfString(text, at)
        if (expectKey && top?.keys !== undefined) {
          const key = String(JSON.parse(text.slice(at, end + 1)))
          here = top.path === '' ? key : `${top.path}.${key}`
          if (top.keys.has(key)) found.add(here)
          if (found.size === maxFound) return [...found]
          top.keys.add(key)
          expectKey = false
        }
        at = end
        break
      }
      default:
    }
  }
  return [...found]
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
