/**
 * Changes one place of a YAML text and leaves every other byte as it is: comments, order, quotes, blank lines and fields nobody knows.
 * What the splice can't do (flow collections, aliases) is left to the caller, who also checks what came of it.
 */

import type { Json } from '@berth/meta'
import { isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { DraftPath, DraftStep } from './path.ts'
import { writeYaml } from './yaml-text.ts'

/** @returns undefined when the place is written in a way that can't be spliced */
export function spliced(
  text: string,
  document: Document,
  change: { path: DraftPath; value: Json | undefined },
): string | undefined {
  const { contents } = document
  return isBlock(contents) ? into(text, contents, change.path, change.value) : undefined
}

type Block = YAMLMap | YAMLSeq

function into(text: string, block: Block, path: DraftPath, value: Json | undefined): string | undefined {
  const [step, ...rest] = path
  if (step === undefined) return undefined
  const entry = entryAt(block, step)
  if (entry === undefined) return value === undefined ? text : appended(text, block, step, nested(step, rest, value))
  if (rest.length > 0) {
    const inner = entry.node
    if (isBlock(inner) && inner.items.length > 0) {
      const done = into(text, inner, rest, value)
      if (done !== undefined) return done
      // It would be empty without its last entry, which has no block form.
      const only = inner.items.length === 1 && rest.length === 1 && value === undefined
      return only ? replaced(text, entry, isMap(inner) ? {} : []) : undefined
    }
    if (value === undefined) return undefined
    const [next] = rest
    if (isEmpty(inner) && next !== undefined) return replaced(text, entry, nested(next, rest.slice(1), value))
    return undefined
  }
  if (value !== undefined) return replaced(text, entry, value)
  return block.items.length === 1 ? undefined : removed(text, block, entry)
}

interface Entry {
  index: number
  /** Of a member. */
  key?: string
  node: Node | undefined
  /** Where the key, or the item behind its dash, begins. */
  start: number
  end: number
}

function entryAt(block: Block, step: DraftStep): Entry | undefined {
  const index = block.items.findIndex((item, at) => matches(block, item, step, at))
  return index < 0 ? undefined : entryOf(block, index)
}

function matches(block: Block, item: unknown, step: DraftStep, at: number): boolean {
  if (isMap(block)) return typeof step === 'string' && keyOf(item) === step
  if (typeof step === 'number') return at === step
  return typeof step === 'object' && isMap(item) && item.get('name') === step.name
}

function entryOf(block: Block, index: number): Entry | undefined {
  const item = block.items[index]
  if (item === undefined) return undefined
  if (isMap(block)) {
    const pair = item as Pair<Node, Node | null>
    const start = pair.key.range?.[0]
    const key = keyOf(pair)
    if (start === undefined || key === undefined) return undefined
    const node = pair.value ?? undefined
    return { index, key, node, start, end: node === undefined ? start + key.length + 1 : endOf(node, start) }
  }
  const node = item as Node
  const start = node.range?.[0]
  return start === undefined ? undefined : { index, node, start, end: endOf(node, start) }
}

function keyOf(item: unknown): string | undefined {
  const { key } = item as Pair
  return isScalar(key) ? String(key.value) : undefined
}

/** Where what it says ends, without the comments and blank lines behind. */
function endOf(node: Node, otherwise: number): number {
  if (isBlock(node) && node.items.length > 0) return entryOf(node, node.items.length - 1)?.end ?? otherwise
  return node.range?.[1] ?? otherwise
}

function isBlock(node: unknown): node is Block {
  return (isMap(node) || isSeq(node)) && node.flow !== true
}

function isEmpty(node: Node | undefined): boolean {
  if (node === undefined) return true
  return ((isMap(node) || isSeq(node)) && node.items.length === 0) || (isScalar(node) && node.value === null)
}

/** The value with the members of `rest` around it. */
function nested(step: DraftStep, rest: DraftPath, value: Json): Json {
  const inner = rest.reduceRight<Json>((made, each) => wrapped(each, made), value)
  return wrapped(step, inner)
}

function wrapped(step: DraftStep, value: Json): Json {
  if (typeof step === 'string') return { [step]: value }
  if (typeof step === 'number') return [value]
  // A map: an item is made with the name it is asked by.
  return [typeof value === 'object' && value !== null && !Array.isArray(value) ? { name: step.name, ...value } : value]
}

/** `entries` is an object or a list with the one entry to be added. */
function appended(text: string, block: Block, step: DraftStep, entries: Json): string | undefined {
  const last = entryOf(block, block.items.length - 1)
  if (last === undefined || isMap(block) !== (typeof step === 'string')) return undefined
  const column = columnOf(text, block, last)
  if (column === undefined) return undefined
  const end = lineEnd(text, last.end)
  const lead = text[end - 1] === '\n' ? '' : '\n'
  return text.slice(0, end) + lead + indented(writeYaml(entries), column) + text.slice(end)
}

function replaced(text: string, entry: Entry, value: Json): string {
  const { node, start, end, key } = entry
  // A scalar on its line is changed alone, so that the comment behind it stays.
  if (isScalar(node) && node.range && isPlain(value) && !text.slice(node.range[0], node.range[1]).includes('\n')) {
    const [from, to] = node.range
    const space = from === to && text[from - 1] === ':' ? ' ' : ''
    return text.slice(0, from) + space + writeYaml(value).trimEnd() + text.slice(to)
  }
  const column = start - (text.lastIndexOf('\n', start - 1) + 1)
  const written = indented(writeYaml(key === undefined ? value : { [key]: value }), column).slice(column)
  const tail = text[end - 1] === '\n' ? '' : '\n'
  return text.slice(0, start) + (tail === '\n' ? written.trimEnd() : written) + text.slice(end)
}

function removed(text: string, block: Block, entry: Entry): string | undefined {
  const following = entryOf(block, entry.index + 1)
  if (isMap(block) && entry.index === 0 && following !== undefined) {
    // It may stand behind a dash that belongs to all of them.
    return text.slice(0, entry.start) + text.slice(following.start)
  }
  const from = text.lastIndexOf('\n', entry.start - 1) + 1
  return text.slice(0, from) + text.slice(lineEnd(text, entry.end))
}

/** Short texts and numbers; others are written in several lines. */
function isPlain(value: Json): boolean {
  return typeof value === 'string' ? !value.includes('\n') : typeof value !== 'object' || value === null
}

/** How far the entries of a block are indented: up to the key, or up to the dash. */
function columnOf(text: string, block: Block, { start }: Entry): number | undefined {
  const line = text.lastIndexOf('\n', start - 1) + 1
  const before = text.slice(line, start)
  if (isMap(block)) return before.length
  const dash = before.lastIndexOf('-')
  return dash < 0 ? undefined : dash
}

function indented(text: string, column: number): string {
  const pad = ' '.repeat(column)
  return text.replaceAll(/^(?=.)/gm, pad)
}

/** Behind the line break of the line that `at` stands in; `at` itself when a break is right before it. */
function lineEnd(text: string, at: number): number {
  if (text[at - 1] === '\n') return at
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}
