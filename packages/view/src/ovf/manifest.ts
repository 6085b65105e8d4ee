/** The manifest of an OVF package: one line per file, `SHA256(disk.vmdk)= 6f…`. */

import { OvfError } from './ovf-error.ts'

export interface ManifestEntry {
  algorithm: 'sha1' | 'sha256' | 'sha512'
  /** Lower-case hexadecimal. */
  hex: string
}

const linePattern = /^(SHA1|SHA256|SHA512)\s?\((.+)\)\s?=\s?([0-9a-fA-F]+)$/i
const digits = { sha1: 40, sha256: 64, sha512: 128 } as const
const maxLines = 10_000

/**
 * @returns checksums by file name
 * @throws {OvfError} Unreadable, TooLarge
 */
export function readManifest(text: string): Map<string, ManifestEntry> {
  const entries = new Map<string, ManifestEntry>()
  const lines = text.split(/\r?\n/)
  if (lines.length > maxLines) throw new OvfError('TooLarge', 'the manifest has too many lines')
  for (const line of lines) {
    if (line.trim() === '') continue
    const [, algorithm = '', name = '', hex = ''] = linePattern.exec(line.trim()) ?? []
    const known = algorithmOf(algorithm)
    if (known === undefined || hex.length !== digits[known]) {
      throw new OvfError('Unreadable', `the manifest has a line that is no checksum: "${line.slice(0, 80)}"`)
    }
    if (entries.has(name)) throw new OvfError('Unreadable', `the manifest has "${name.slice(0, 80)}" twice`)
    entries.set(name, { algorithm: known, hex: hex.toLowerCase() })
  }
  return entries
}

function algorithmOf(text: string): ManifestEntry['algorithm'] | undefined {
  const lower = text.toLowerCase()
  return lower === 'sha1' || lower === 'sha256' || lower === 'sha512' ? lower : undefined
}
