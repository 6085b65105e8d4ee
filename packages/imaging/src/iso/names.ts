/** Names as ISO 9660 and Joliet allow them, unique within a directory. The true names are in the Rock Ridge entries. */

import type { IsoNode } from './tree.ts'

/** How one kind of directory names its entries. */
export interface Naming {
  /** One identifier per child, in the order of the children. */
  identifiers(children: readonly IsoNode[]): Buffer[]
}

/** ISO 9660 level 2: up to 30 of A-Z, 0-9 and _, with one dot and `;1` in file names. */
export const isoNaming: Naming = {
  identifiers(children) {
    const taken = new Set<string>()
    return children.map((child) => {
      const dot = child.kind === 'file' ? child.name.lastIndexOf('.') : -1
      const stem = plain(dot > 0 ? child.name.slice(0, dot) : child.name)
      const extension = dot > 0 ? plain(child.name.slice(dot + 1)).slice(0, 8) : ''
      const build = (suffix: string): string => {
        const short = stem.slice(0, 30 - (child.kind === 'file' ? 1 + extension.length : 0) - suffix.length) + suffix
        return child.kind === 'file' ? `${short}.${extension};1` : short
      }
      return Buffer.from(unique(build, taken), 'latin1')
    })
  },
}

/** Joliet: up to 64 UCS-2 characters, big-endian, without the characters its specification forbids. */
export const jolietNaming: Naming = {
  identifiers(children) {
    const taken = new Set<string>()
    return children.map((child) => {
      const clean = child.name.replaceAll(/[*/:;?\\]/g, '_')
      const build = (suffix: string): string => trimHalf(clean.slice(0, 64 - suffix.length)) + suffix
      return ucs2(unique(build, taken))
    })
  },
}

export function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function plain(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
}

/** Cutting must not leave half of a surrogate pair. */
function trimHalf(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text
}

function unique(build: (suffix: string) => string, taken: Set<string>): string {
  let candidate = build('')
  // Joliet readers may ignore case, as Windows does.
  for (let number = 1; taken.has(candidate.toUpperCase()); number++) candidate = build(`_${number}`)
  taken.add(candidate.toUpperCase())
  return candidate
}
