/**
 * The file system that an image's layers make together, as names only: later layers hide what earlier ones have, and links are
 * followed inside of it. Nothing of it ever becomes a path of this host.
 */

import { ImagingError } from '../errors.ts'
import type { LayerEntry } from './layer.ts'

interface Directory {
  kind: 'directory'
  layer: number
  children: Map<string, TreeNode>
}

/** A file's content is an entry of a layer. */
export interface TreeFile {
  kind: 'file'
  layer: number
  /** Where its content is; differs from `layer` for hard links. */
  content: { layer: number; ordinal: number }
  size: number
}

export type TreeNode =
  | Directory
  | TreeFile
  | { kind: 'symlink'; layer: number; target: string }
  | { kind: 'other'; layer: number }

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'
/** As Linux: more links than this are a loop. */
const maxLinks = 40
const maxNodes = 1_000_000
/** Letters of all paths and link targets together: a few hundred bytes of an archive can make gigabytes of names. */
const maxLetters = 64 * 1024 * 1024
/** Names looked at. Links through links, and whiteouts over what is gone already, can make each entry cost as much as all others. */
const maxSteps = 20_000_000

export class FileTree {
  readonly #root: Directory = { kind: 'directory', layer: 0, children: new Map() }
  #nodes = 0
  #letters = 0
  #steps = 0

  /**
   * Takes one entry of a layer; layers in their order, entries in the archive's.
   * @throws {ImagingError} HostileImage, TooLarge
   */
  add(layer: number, entry: LayerEntry): void {
    this.#letters += entry.path.length + entry.target.length
    if (this.#letters > maxLetters) {
      throw new ImagingError('TooLarge', `the names in the image have over ${maxLetters} letters`)
    }
    const parts = partsOf(entry.path)
    const name = parts.pop()
    // Names of this prefix are reserved: nothing can be below them.
    if (name === undefined || parts.some((part) => part.startsWith(whiteout))) return
    const hides = name.startsWith(whiteout)
    const parent = this.#directory(parts, layer, !hides)
    if (name === opaque) return this.#prune(parent, layer)
    if (hides) return this.#remove(parent, name.slice(whiteout.length), layer)
    const before = parent.children.get(name)
    if (entry.type === 'directory' && before?.kind === 'directory') {
      before.layer = layer
      return
    }
    this.#count()
    parent.children.set(name, this.#node(layer, entry))
  }

  /** The node of a path, links followed; undefined when there is none. */
  resolve(path: string): TreeNode | undefined {
    return this.#walk(path.split('/'), maxLinks)
  }

  /** Names in a directory, sorted; undefined when the path is none. */
  list(path: string): string[] | undefined {
    const node = this.resolve(path)
    return node?.kind === 'directory' ? [...node.children.keys()].toSorted() : undefined
  }

  #node(layer: number, entry: LayerEntry): TreeNode {
    switch (entry.type) {
      case 'directory':
        return { kind: 'directory', layer, children: new Map() }
      case 'file':
        return { kind: 'file', layer, content: { layer, ordinal: entry.ordinal }, size: entry.size }
      case 'symlink':
        return { kind: 'symlink', layer, target: entry.target }
      case 'link': {
        const target = this.#walk(partsOf(entry.target), maxLinks)
        // A link to what is not there, or is no file, has no content.
        return target?.kind === 'file' ? { ...target, layer } : { kind: 'other', layer }
      }
      case 'other':
        return { kind: 'other', layer }
    }
  }

  /** The directory of an entry, made when no entry did. What has something of this layer in it is of this layer. */
  #directory(parts: readonly string[], layer: number, belongs: boolean): Directory {
    let at = this.#root
    this.#step(parts.length)
    for (const [index, part] of parts.entries()) {
      const node = at.children.get(part)
      const found = node?.kind === 'symlink' ? this.#walk(parts.slice(0, index + 1), maxLinks) : node
      if (found?.kind === 'directory') {
        at = found
        if (belongs) at.layer = layer
        continue
      }
      this.#count()
      const made: Directory = { kind: 'directory', layer, children: new Map() }
      at.children.set(part, made)
      at = made
    }
    return at
  }

  /** As the kernel walks a path with this tree as its root: `..` at the top stays there. */
  #walk(path: readonly string[], links: number): TreeNode | undefined {
    this.#step(path.length)
    const todo = [...path].toReversed()
    const above: Directory[] = []
    let at: TreeNode = this.#root
    let left = links
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      if (part === '' || part === '.') continue
      if (at.kind !== 'directory') return undefined
      if (part === '..') {
        at = above.pop() ?? this.#root
        continue
      }
      const next: TreeNode | undefined = at.children.get(part)
      if (next === undefined) return undefined
      if (next.kind !== 'symlink') {
        above.push(at)
        at = next
        continue
      }
      left -= 1
      if (left < 0) return undefined
      if (next.target.startsWith('/')) {
        above.length = 0
        at = this.#root
      }
      const target = next.target.split('/')
      this.#step(target.length)
      todo.push(...target.toReversed())
    }
    return at
  }

  /** Hides what earlier layers have of this directory. */
  #prune(directory: Directory, layer: number): void {
    this.#step(directory.children.size)
    for (const name of directory.children.keys()) this.#remove(directory, name, layer)
  }

  /** Deep directories are walked without recursion: their depth is the image's choice. */
  #remove(parent: Directory, name: string, layer: number): void {
    const todo: [Directory, string][] = [[parent, name]]
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [directory, entry] = next
      const node = directory.children.get(entry)
      if (node === undefined) continue
      if (node.layer < layer) directory.children.delete(entry)
      else if (node.kind === 'directory') {
        this.#step(node.children.size)
        for (const child of node.children.keys()) todo.push([node, child])
      }
    }
  }

  #step(names: number): void {
    this.#steps += names
    if (this.#steps > maxSteps) {
      throw new ImagingError('HostileImage', 'the links and whiteouts of the image go round in circles')
    }
  }

  #count(): void {
    this.#nodes += 1
    if (this.#nodes > maxNodes) throw new ImagingError('TooLarge', `the image has over ${maxNodes} files`)
  }
}

/** @throws {ImagingError} HostileImage for a path that leads out of the image */
function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || path.includes('\0')) {
    throw new ImagingError(
      'HostileImage',
      `the image has the path ${JSON.stringify(path.slice(0, 200))}, which leads out of it`,
    )
  }
  return parts
}
