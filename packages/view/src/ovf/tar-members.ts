/**
 * Finds the members of a tar archive by reading its headers only, however large the members are. Nothing is unpacked: a member is a
 * range of bytes. Refused are links, devices, names that lead elsewhere and names that are there twice.
 */

import type { ByteSource } from './byte-source.ts'
import { OvfError } from './ovf-error.ts'
import { utf8Text } from './utf8.ts'

export interface TarMember {
  name: string
  /** Where its content begins in the archive. */
  offset: number
  size: number
}

const blockBytes = 512
const maxMembers = 4096
/** Headers for long names and extended attributes. */
const maxHeaderBytes = 64 * 1024
const maxNameLength = 255

/** @throws {OvfError} Unreadable, Hostile, TooLarge, Unsupported */
export async function tarMembers(source: ByteSource): Promise<TarMember[]> {
  const members: TarMember[] = []
  const names = new Set<string>()
  let at = 0
  let headers = 0
  /** What a header before says of the next member. */
  let extended: { name?: string; size?: number } = {}
  while (at + blockBytes <= source.size) {
    const block = await source.read(at, blockBytes)
    if (block.every((byte) => byte === 0)) return members
    headers += 1
    if (headers > 3 * maxMembers) throw new OvfError('TooLarge', `${source.name} has over ${maxMembers} members`)
    const header = readHeader(block, source.name, at)
    const size = extended.size ?? header.size
    const offset = at + blockBytes
    if (offset + size > source.size) {
      throw new OvfError('Unreadable', `${source.name} is cut short: it ends within "${shown(header.name)}"`)
    }
    at = offset + Math.ceil(size / blockBytes) * blockBytes
    if (header.type === 'longName' || header.type === 'extended') {
      if (size > maxHeaderBytes) throw new OvfError('TooLarge', `${source.name} has a header of ${size} bytes`)
      const content = await source.read(offset, size)
      const more = header.type === 'extended' ? paxFields(content, source.name) : { name: cString(content) }
      extended = { ...extended, ...more }
      continue
    }
    const name = (extended.name ?? header.name).replace(/^(?:\.\/)+/, '')
    extended = {}
    if (header.type === 'passedOver') continue
    requirePlainName(name, source.name)
    if (header.type === 'link') {
      throw new OvfError('Hostile', `${source.name} has "${shown(name)}" as a link; a package has plain files only`)
    }
    if (names.has(name)) throw new OvfError('Hostile', `${source.name} has "${shown(name)}" twice`)
    if (members.length >= maxMembers) throw new OvfError('TooLarge', `${source.name} has over ${maxMembers} members`)
    names.add(name)
    members.push({ name, offset, size })
  }
  if (headers === 0) throw new OvfError('Unreadable', `${source.name} is no tar archive: it is too short`)
  return members
}

type HeaderType = 'file' | 'passedOver' | 'link' | 'longName' | 'extended'

/** By the type flag of POSIX and GNU. Everything that is no plain file is treated as a link: refused. */
const types: Readonly<Record<string, HeaderType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'passedOver',
  g: 'passedOver',
  x: 'extended',
  L: 'longName',
}

function readHeader(block: Uint8Array, archive: string, at: number): { name: string; size: number; type: HeaderType } {
  // POSIX: the sum of all bytes, with the field itself counted as spaces.
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0)
  if (octal(block.subarray(148, 156)) !== sum) {
    const why = at === 0 ? 'is no tar archive' : `is damaged at byte ${at}`
    throw new OvfError('Unreadable', `${archive} ${why}: a header's checksum does not match`)
  }
  const size = sizeField(block.subarray(124, 136))
  if (size === undefined) throw new OvfError('Unreadable', `${archive} has a member of impossible size at byte ${at}`)
  const prefix = ascii(block.subarray(257, 262)) === 'ustar' ? cString(block.subarray(345, 500)) : ''
  const gnu = ascii(block.subarray(257, 265)) === 'ustar  \0'
  const name = cString(block.subarray(0, 100))
  const type = types[String.fromCharCode(block[156] ?? 0)] ?? 'link'
  return { name: prefix === '' || gnu ? name : `${prefix}/${name}`, size, type }
}

function requirePlainName(name: string, archive: string): void {
  // The standard has all files beside the descriptor.
  // oxlint-disable-next-line no-control-regex
  const plain = name !== '' && name !== '.' && name !== '..' && !/[/\\\0-\x1F\x7F]/.test(name)
  if (!plain || name.length > maxNameLength) {
    throw new OvfError('Hostile', `${archive} has a member with the name "${shown(name)}"; names may have no folders`)
  }
}

/** `LENGTH KEY=VALUE\n`, again and again; only what says where and how large counts. */
function paxFields(content: Uint8Array, archive: string): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {}
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(0x20, at)
    const length = space < 0 ? Number.NaN : Number(ascii(content.subarray(at, space)))
    if (!Number.isInteger(length) || length <= space - at + 1 || at + length > content.length) {
      throw new OvfError('Unreadable', `${archive} has a damaged header`)
    }
    const text = utf8Text(content.subarray(space + 1, at + length - 1)) ?? ''
    at += length
    const equals = text.indexOf('=')
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)]
    if (key === 'path') found.name = value
    if (key.startsWith('GNU.sparse')) throw new OvfError('Unsupported', `${archive} has a sparse member`)
    if (key !== 'size') continue
    const size = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isSafeInteger(size)) throw new OvfError('Unreadable', `${archive} has a member of impossible size`)
    found.size = size
  }
  return found
}

/** Octal, or for large members GNU's binary form, marked by the highest bit. */
function sizeField(field: Uint8Array): number | undefined {
  if (((field[0] ?? 0) & 0x80) === 0) return octal(field)
  if (field[0] !== 0x80) return undefined
  const value = field.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
  return Number.isSafeInteger(value) ? value : undefined
}

function octal(field: Uint8Array): number | undefined {
  const text = ascii(field).replaceAll('\0', ' ').trim()
  if (!/^[0-7]{0,12}$/.test(text)) return undefined
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function cString(field: Uint8Array): string {
  const end = field.indexOf(0)
  const bytes = end < 0 ? field : field.subarray(0, end)
  return utf8Text(bytes) ?? ascii(bytes)
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, maxHeaderBytes))
}

/** Names of the archive's own choosing, short enough for a message. */
function shown(name: string): string {
  // oxlint-disable-next-line no-control-regex
  return name.replaceAll(/[\0-\x1F\x7F]/g, '?').slice(0, 80)
}
