/** Orders kernel modules for loading, from what each module says about itself (its ELF section `.modinfo`). */

import { ImagingError } from '../errors.ts'

/** `virtio_net` for `…/net/virtio_net.ko.xz`; kernel names use underscores where files may use dashes. */
export function moduleName(path: string): string | undefined {
  const match = /([^/]+)\.ko(?:\.(?:xz|zst|gz))?$/.exec(path)
  return match?.[1]?.replaceAll('-', '_')
}

/**
 * The modules that must be loaded before this one.
 * @throws {ImagingError} CorruptData when the bytes are no ELF64 little-endian object with a `.modinfo` section
 */
export function moduleDepends(name: string, elf: Buffer): string[] {
  const info = modinfo(name, elf)
  const depends = info.find((line) => line.startsWith('depends='))?.slice('depends='.length) ?? ''
  return depends.split(',').flatMap((entry) => (entry === '' ? [] : [entry.replaceAll('-', '_')]))
}

// Offsets of the ELF64 header and section headers (System V ABI, "Object Files").
const elfHeader = { sectionOffset: 0x28, sectionSize: 0x3a, sectionCount: 0x3c, namesIndex: 0x3e }
const section = { name: 0x00, offset: 0x18, size: 0x20 }

function modinfo(name: string, elf: Buffer): string[] {
  const corrupt = (why: string): ImagingError =>
    new ImagingError('CorruptData', `the kernel module ${name} cannot be read: ${why}`)
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) {
    throw corrupt('it is not a 64-bit little-endian ELF file')
  }
  try {
    const table = Number(elf.readBigUInt64LE(elfHeader.sectionOffset))
    const size = elf.readUInt16LE(elfHeader.sectionSize)
    const count = elf.readUInt16LE(elfHeader.sectionCount)
    const contentAt = (at: number): Buffer => {
      const start = Number(elf.readBigUInt64LE(at + section.offset))
      return elf.subarray(start, start + Number(elf.readBigUInt64LE(at + section.size)))
    }
    const names = contentAt(table + elf.readUInt16LE(elfHeader.namesIndex) * size)
    for (let index = 0; index < count; index++) {
      const at = table + index * size
      const from = elf.readUInt32LE(at + section.name)
      const label = names.toString('latin1', from, names.indexOf(0, from))
      if (label === '.modinfo') return contentAt(at).toString('latin1').split('\0')
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw corrupt('its section table points outside the file')
    throw cause
  }
  throw corrupt('it has no .modinfo section')
}

/**
 * All `roots` and what they need, each after its dependencies.
 * @param depends the dependencies of a module, undefined when it is not there
 * @returns the order, and the names that are not there (built into the kernel, or to be fetched)
 */
export function loadOrder(
  roots: readonly string[],
  depends: (name: string) => readonly string[] | undefined,
): { order: string[]; absent: string[] } {
  const order: string[] = []
  const absent: string[] = []
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const needs = depends(name)
    if (!needs) {
      absent.push(name)
      return
    }
    needs.forEach(visit)
    order.push(name)
  }
  roots.forEach(visit)
  return { order, absent }
}
