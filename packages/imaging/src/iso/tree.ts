/** Turns a map of paths into the directory tree of an ISO image; refuses what such an image cannot hold. */

import { ImagingError } from '../errors.ts'

export interface IsoFile {
  kind: 'file'
  name: string
  content: Buffer
}

export interface IsoDirectory {
  kind: 'directory'
  name: string
  /** Sorted by name, so that the same files always make the same bytes. */
  children: (IsoDirectory | IsoFile)[]
}

export type IsoNode = IsoDirectory | IsoFile

/** ISO 9660 section 6.8.2.1 allows eight levels with the root. */
const maxDepth = 8

/**
 * @param files content by path, `/` between names, none at the beginning
 * @throws {ImagingError} InvalidArgument
 */
export function buildTree(files: ReadonlyMap<string, Uint8Array | string>): IsoDirectory {
  const root: IsoDirectory = { kind: 'directory', name: '', children: [] }
  for (const path of [...files.keys()].toSorted(byBytes)) {
    const content = files.get(path) ?? ''
    const names = path.split('/')
    names.forEach((name) => checkName(path, name))
    if (names.length >= maxDepth) throw invalid(path, `it is more than ${maxDepth - 1} levels deep`)
    const last = names.pop() ?? ''
    const parent = names.reduce((directory, name) => enter(path, directory, name), root)
    if (parent.children.some((child) => child.name === last)) throw invalid(path, 'it is a file and a directory')
    parent.children.push({ kind: 'file', name: last, content: Buffer.from(content) })
  }
  sortTree(root)
  return root
}

function enter(path: string, directory: IsoDirectory, name: string): IsoDirectory {
  const there = directory.children.find((child) => child.name === name)
  if (there?.kind === 'file') throw invalid(path, `"${name}" is a file`)
  if (there) return there
  const made: IsoDirectory = { kind: 'directory', name, children: [] }
  directory.children.push(made)
  return made
}

function checkName(path: string, name: string): void {
  if (name === '' || name === '.' || name === '..') throw invalid(path, `"${name}" cannot be a name in it`)
  // oxlint-disable-next-line no-control-regex -- refusing them is the point
  if (/[\u0000-\u001f\u007f]/.test(name)) throw invalid(path, 'it has control characters')
  if (Buffer.byteLength(name) > 255) throw invalid(path, 'a name in it is longer than 255 bytes')
}

function sortTree(directory: IsoDirectory): void {
  directory.children.sort((a, b) => byBytes(a.name, b.name))
  for (const child of directory.children) if (child.kind === 'directory') sortTree(child)
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function invalid(path: string, why: string): ImagingError {
  return new ImagingError('InvalidArgument', `the path ${JSON.stringify(path)} cannot be put on an ISO image: ${why}`)
}
