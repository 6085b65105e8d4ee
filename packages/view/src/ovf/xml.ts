/**
 * A strict reader for the little XML that OVF needs: elements, attributes and text. It knows no document types and no entities but
 * the five of XML itself, so nothing can be fetched, expanded or included by a document.
 */

import { OvfError } from './ovf-error.ts'

export interface XmlElement {
  /** Without its prefix. */
  name: string
  /** By name without prefix. */
  attributes: ReadonlyMap<string, string>
  children: XmlElement[]
  /** Text directly inside, without space around it. */
  text: string
}

const maxDepth = 64
const maxElements = 100_000
const maxAttributes = 200

interface Open extends XmlElement {
  fullName: string
}

const namePattern = /[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?/uy
const spacePattern = /[ \t\r\n]*/y
const entityPattern = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));|&/g
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
// What XML 1.0 has no room for.
// oxlint-disable-next-line no-control-regex
const forbidden = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/

/**
 * @returns the root element
 * @throws {OvfError} Unreadable, Hostile (a document type), TooLarge
 */
export function readXml(document: string): XmlElement {
  if (forbidden.test(document)) throw damaged('it has control characters')
  let at = 0
  let count = 0
  const open: Open[] = []
  let root: XmlElement | undefined

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(document)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  function skipTo(end: string, what: string): string {
    const stop = document.indexOf(end, at)
    if (stop < 0) throw damaged(`${what} has no end`)
    const content = document.slice(at, stop)
    at = stop + end.length
    return content
  }

  function addText(text: string): void {
    const current = open.at(-1)
    if (current !== undefined) current.text += text
    else if (text.trim() !== '') throw damaged('there is text outside its root element')
  }

  function readStart(): void {
    const fullName = take(namePattern)
    if (fullName === undefined) throw damaged(`a "<" at character ${at} begins nothing`)
    if (open.length >= maxDepth) throw new OvfError('TooLarge', `the descriptor is nested deeper than ${maxDepth}`)
    count += 1
    if (count > maxElements) throw new OvfError('TooLarge', `the descriptor has over ${maxElements} elements`)
    const attributes = readAttributes()
    const element: Open = { fullName, name: localName(fullName), attributes, children: [], text: '' }
    const parent = open.at(-1)
    if (parent !== undefined) parent.children.push(element)
    else if (root === undefined) root = element
    else throw damaged('it has two root elements')
    if (document.startsWith('/>', at)) {
      at += 2
      return
    }
    if (document[at] !== '>') throw damaged(`element ${fullName} is not closed`)
    at += 1
    open.push(element)
  }

  function readAttributes(): Map<string, string> {
    const full = new Set<string>()
    const attributes = new Map<string, string>()
    for (;;) {
      const space = take(spacePattern)
      const next = document[at]
      if (next === '>' || next === '/' || next === undefined) return attributes
      const name = space === '' ? undefined : take(namePattern)
      if (name === undefined) throw damaged(`an attribute is expected at character ${at}`)
      take(spacePattern)
      if (document[at] !== '=') throw damaged(`attribute ${name} has no value`)
      at += 1
      take(spacePattern)
      const mark = document[at]
      if (mark !== '"' && mark !== "'") throw damaged(`the value of attribute ${name} is not in quotes`)
      at += 1
      const value = skipTo(mark, `attribute ${name}`)
      if (value.includes('<')) throw damaged(`attribute ${name} has a "<" in it`)
      if (full.has(name)) throw damaged(`attribute ${name} is there twice`)
      if (full.size >= maxAttributes) throw new OvfError('TooLarge', 'an element has too many attributes')
      full.add(name)
      // Names of namespaces are no attributes to us, and may be spelled as one that is.
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) attributes.set(localName(name), decoded(value))
    }
  }

  function readEnd(): void {
    const fullName = take(namePattern) ?? ''
    take(spacePattern)
    const element = open.pop()
    if (element === undefined || element.fullName !== fullName || document[at] !== '>') {
      throw damaged(`"</${fullName}" at character ${at} closes nothing`)
    }
    at += 1
    element.text = element.text.trim()
  }

  while (at < document.length) {
    const next = document.indexOf('<', at)
    addText(decoded(document.slice(at, next < 0 ? undefined : next)))
    if (next < 0) break
    at = next + 1
    if (document.startsWith('!--', at)) {
      at += 3
      skipTo('-->', 'a comment')
    } else if (document.startsWith('![CDATA[', at)) {
      at += 8
      addText(skipTo(']]>', 'a CDATA section'))
    } else if (document.startsWith('!', at)) {
      throw new OvfError('Hostile', 'the descriptor has a document type, which no OVF needs and which can do harm')
    } else if (document.startsWith('?', at)) {
      checkEncoding(skipTo('?>', 'a processing instruction'))
    } else if (document.startsWith('/', at)) {
      at += 1
      readEnd()
    } else {
      readStart()
    }
  }
  if (open.length > 0) throw damaged(`element ${open.at(-1)?.fullName ?? ''} has no end`)
  if (root === undefined) throw damaged('it has no element')
  return root
}

function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(entityPattern, (whole, named?: string, decimal?: string, hexadecimal?: string) => {
    if (named !== undefined) return entities[named] ?? ''
    const point = decimal === undefined ? Number.parseInt(hexadecimal ?? 'x', 16) : Number(decimal)
    const valid = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
    const character = valid ? String.fromCodePoint(point) : undefined
    if (character === undefined || forbidden.test(character)) {
      throw new OvfError('Unreadable', `the descriptor has the reference "${whole}" to no known character`)
    }
    return character
  })
}

function checkEncoding(instruction: string): void {
  const encoding = /^\?xml\s[^?]*encoding\s*=\s*["']([^"']*)["']/.exec(instruction)?.[1]?.toLowerCase()
  if (encoding === undefined || ['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(encoding)) return
  throw new OvfError('Unsupported', `the descriptor is written in ${encoding.slice(0, 40)}; only UTF-8 is read`)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

function damaged(why: string): OvfError {
  return new OvfError('Unreadable', `the descriptor is not well-formed XML: ${why}`)
}
