/**
 * Sets of field paths in the very form FieldsV1 has in JSON: a trie whose members are marked with `.`, or are leaves. Operations
 * never change their arguments and share what they did not change, so that their cost is that of the smaller side.
 */

import { isJsonObject, type Json } from '@berth/meta'
import { canonicalElement, compareElements } from './path-element.ts'

export type FieldSet = { [element: string]: FieldSet }

const mark = '.'
const leaf: FieldSet = Object.freeze({})

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Of a node below the root: an empty one is a member without members below. */
export function isMember(node: FieldSet): boolean {
  return Object.hasOwn(node, mark) || isEmptySet(node)
}

/** The node below, if there is one. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  return Object.hasOwn(set, element) ? set[element] : undefined
}

/** The elements below a node. */
export function elementsOf(node: FieldSet): string[] {
  return Object.keys(node).filter((key) => key !== mark)
}

/**
 * A new set that members can be put in. Paths come in the order of a walk and share most of their way, so the way to the last one is
 * kept, and no node has to be asked what is in it, which takes time in its size.
 */
export class FieldSetBuilder {
  readonly set: FieldSet = {}
  /** The path added last, and the nodes on it, the root first. */
  readonly #path: string[] = []
  readonly #nodes: FieldSet[] = [this.set]

  add(path: readonly string[]): void {
    if (path.length === 0) return
    const shared = this.#shared(path)
    const returns = shared < this.#path.length
    this.#path.length = shared
    this.#nodes.length = shared + 1
    let node = this.#nodes[shared] ?? this.set
    if (shared === path.length) {
      if (returns) node[mark] = leaf
      return
    }
    if (!returns && shared > 0 && node === leaf)
      node = this.#unfold(this.#nodes[shared - 1] ?? this.set, path[shared - 1] ?? '')
    this.#nodes[shared] = node
    for (let depth = shared; depth < path.length; depth += 1) {
      node = this.#step(node, path[depth] ?? '', depth === path.length - 1)
    }
  }

  #shared(path: readonly string[]): number {
    let shared = 0
    while (shared < path.length && path[shared] === this.#path[shared]) shared += 1
    return shared
  }

  #step(node: FieldSet, element: string, isLast: boolean): FieldSet {
    let next = below(node, element)
    if (next === undefined) node[element] = next = isLast ? leaf : {}
    else if (next === leaf) next = isLast ? leaf : this.#unfold(node, element)
    else if (isLast) next[mark] = leaf
    this.#path.push(element)
    this.#nodes.push(next)
    return next
  }

  /** What was a leaf is about to have something below it, and stays a member. */
  #unfold(parent: FieldSet, element: string): FieldSet {
    const node = { [mark]: leaf }
    parent[element] = node
    return node
  }
}

function node(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return member ? leaf : undefined
  return member ? { [mark]: leaf, ...children } : children
}

/** The members of either; `left` itself when `right` adds nothing. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmptySet(right)) return left
  return isEmptySet(left) ? right : merged(left, right)
}

function merged(left: FieldSet, right: FieldSet): FieldSet {
  let result = left
  for (const element in right) {
    if (element === mark) continue
    const theirs = right[element] ?? leaf
    const ours = below(left, element)
    const next = ours === undefined ? theirs : mergedNode(ours, theirs)
    if (next === ours) continue
    if (result === left) result = { ...left }
    result[element] = next
  }
  return result
}

function mergedNode(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(right)) return isMember(left) ? left : { [mark]: leaf, ...left }
  if (isEmptySet(left)) return isMember(right) ? right : { [mark]: leaf, ...right }
  const children = merged(left, right)
  return isMember(right) && !Object.hasOwn(left, mark) ? { [mark]: leaf, ...children } : children
}

/** The members of `left` that `right` has not. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  let result = left
  for (const element in right) {
    const ours = element === mark ? undefined : below(result, element)
    if (ours === undefined) continue
    const rest = differenceNode(ours, right[element] ?? leaf)
    if (rest === ours) continue
    if (result === left) result = { ...left }
    if (rest === undefined) delete result[element]
    else result[element] = rest
  }
  return result
}

function differenceNode(left: FieldSet, right: FieldSet): FieldSet | undefined {
  const member = isMember(left)
  const kept = member && !isMember(right)
  const children = difference(left, right)
  if (kept === member && children === left) return left
  if (Object.hasOwn(children, mark)) {
    const { [mark]: _, ...rest } = children
    return node(kept, rest)
  }
  return node(kept, children)
}

/** The members both have. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {}
  const [small, large] = Object.keys(left).length < Object.keys(right).length ? [left, right] : [right, left]
  for (const element of elementsOf(small)) {
    const ours = small[element] ?? leaf
    const theirs = below(large, element)
    if (theirs === undefined) continue
    const both = node(isMember(ours) && isMember(theirs), intersection(ours, theirs))
    if (both !== undefined) result[element] = both
  }
  return result
}

export function sameSet(left: FieldSet, right: FieldSet): boolean {
  return left === right || (isEmptySet(difference(left, right)) && isEmptySet(difference(right, left)))
}

/** Every member as a path, those of a level before those below it. */
export function pathsOf(set: FieldSet): string[][] {
  const paths: string[][] = []
  const walk = (at: FieldSet, path: string[]): void => {
    const elements = elementsOf(at).toSorted(compareElements)
    for (const element of elements) if (isMember(at[element] ?? leaf)) paths.push([...path, element])
    for (const element of elements) walk(at[element] ?? leaf, [...path, element])
  }
  walk(set, [])
  return paths
}

/** The same set with its elements in the order Kubernetes stores them in. */
export function sorted(set: FieldSet): FieldSet {
  const keys = Object.keys(set)
  if (keys.length === 0) return leaf
  // Most parts of a set come in order.
  let same = keys.every((key, index) => index === 0 || compareElements(keys[index - 1] ?? '', key) < 0)
  const result: FieldSet = {}
  for (const key of same ? keys : keys.toSorted(compareElements)) {
    const before = set[key] ?? leaf
    const after = sorted(before)
    if (after !== before && before !== leaf && !isEmptySet(before)) same = false
    result[key] = after
  }
  return same ? set : result
}

/** Levels of a set at most; objects nest no deeper. */
const maxDepth = 600

/** A set a client sent, in canonical form; undefined when it is none. Elements of kinds yet to be invented are left out. */
export function parseFieldSet(value: Json, depth = 0): FieldSet | undefined {
  if (!isJsonObject(value) || depth > maxDepth) return undefined
  const set: FieldSet = {}
  for (const [text, content] of Object.entries(value)) {
    const element = text === mark ? mark : canonicalElement(text)
    if (element === undefined) continue
    const child = parseFieldSet(content, depth + 1)
    if (child === undefined) return undefined
    set[element] = child
  }
  return set
}
