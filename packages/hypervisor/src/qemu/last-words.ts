/** QEMU's complaints quote its command line; people are told what it is about instead of the JSON it was written in. */

/** `qemu-system-x86_64: -device {"driver":"virtio-net-pci",…}: why` becomes `device nic-default (virtio-net-pci): why`. */
export function inWords(text: string): string {
  return text
    .split('\n')
    .map((line) => plainLine(line.replace(/^qemu-system-\S+?: /, '')))
    .join('\n')
}

/** Why a machine ended whose QEMU did. @param words its last; empty for none */
export function crashDetail(words: string): string {
  return words === '' ? 'QEMU ended without a word.' : `QEMU ended: ${words}`
}

function plainLine(line: string): string {
  const start = /^-([a-z-]+) (?=\{)/.exec(line)
  if (start === null) return line
  const [option, kind = ''] = start
  const end = endOfObject(line, option.length)
  if (end === undefined) return line
  const rest = line.slice(end)
  return `${kind}${nameOf(line.slice(option.length, end))}${rest}`
}

/** The place behind the object that starts here; undefined when it does not end. */
function endOfObject(line: string, start: number): number | undefined {
  let depth = 0
  let quoted = false
  for (let at = start; at < line.length; at += 1) {
    const letter = line[at]
    if (quoted && letter === '\\') at += 1
    else if (letter === '"') quoted = !quoted
    else if (!quoted && letter === '{') depth += 1
    else if (!quoted && letter === '}') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

function nameOf(json: string): string {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null) return ''
    const text = (key: string): string | undefined => {
      const member: unknown = Reflect.get(value, key)
      return typeof member === 'string' ? member : undefined
    }
    const id = text('id') ?? text('node-name')
    const type = text('driver') ?? text('qom-type')
    return `${id === undefined ? '' : ` ${id}`}${type === undefined ? '' : ` (${type})`}`
  } catch {
    // Not what it looked like: the kind of the option has to do.
    return ''
  }
}
