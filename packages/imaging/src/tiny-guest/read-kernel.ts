/** Takes the kernel and the modules the guest needs out of the kernel packages. */

import { zstdDecompressSync, gunzipSync } from 'node:zlib'
import { readDeb } from '../deb.ts'
import { ImagingError } from '../errors.ts'
import type { GuestModules } from './guest-files.ts'
import { loadOrder, moduleDepends, moduleName } from './kernel-modules.ts'
import { unpackXz } from './unpack-xz.ts'

export interface GuestKernel {
  image: Buffer
  /** Uncompressed. */
  modules: GuestModules
}

/** Names of modules to load; what they need is found and loaded before them. */
export interface ModuleNames {
  early: readonly string[]
  late: readonly string[]
  /** What these are known to need, so that one pass over the packages finds it all. */
  needs?: readonly string[]
}

/** What these modules need on today's kernels, so that one pass over the package mostly finds everything. */
const usualDependencies = [
  'virtio',
  'virtio_ring',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'net_failover',
  'failover',
  'scsi_mod',
  'scsi_common',
  'libata',
  'libahci',
  'cdrom',
  't10_pi',
  'crc64_rocksoft',
  'crc64_rocksoft_generic',
  'crc64',
  'crct10dif_common',
  'crc_t10dif',
  'jbd2',
  'mbcache',
  'crc16',
  'rng_core',
]

/** Chains of dependencies are no longer than this. */
const maxPasses = 8

/**
 * @param debs paths of the kernel's packages
 * @throws {ImagingError} CorruptData when there is no kernel in them or a module lacks its dependency
 */
export async function readKernel(
  debs: readonly string[],
  names: ModuleNames,
  signal?: AbortSignal,
): Promise<GuestKernel> {
  const roots = [...names.early, ...names.late]
  let image: Buffer | undefined
  const modules = new Map<string, Buffer>()
  let wanted = new Set<string>([...roots, ...usualDependencies, ...(names.needs ?? [])])
  for (let pass = 0; ; pass++) {
    for (const deb of debs) {
      await readDeb({
        deb,
        signal,
        maxFileBytes: 128 * 1024 * 1024,
        wanted: (path) => (!image && isKernel(path)) || wanted.has(moduleName(path) ?? ''),
        onFile: async (path, content) => {
          const name = moduleName(path)
          if (name === undefined) image = content
          else modules.set(name, await decompressModule(path, content, signal))
        },
      })
    }
    const { order, absent } = loadOrder(roots, (name) => {
      const content = modules.get(name)
      return content && moduleDepends(name, content)
    })
    const missing = absent.filter((name) => !roots.includes(name))
    if (missing.length === 0) {
      if (!image) throw new ImagingError('CorruptData', `there is no kernel in ${debs.join(', ')}`)
      return { image, modules: inPhases(order, modules, names) }
    }
    if (pass === maxPasses || missing.every((name) => wanted.has(name))) {
      throw new ImagingError('CorruptData', `kernel modules are missing from ${debs.join(', ')}: ${missing.join(', ')}`)
    }
    wanted = new Set(missing)
  }
}

function inPhases(order: readonly string[], modules: ReadonlyMap<string, Buffer>, names: ModuleNames): GuestModules {
  const lastEarly = order.findLastIndex((name) => names.early.includes(name))
  const loaded = order.flatMap((name) => {
    const content = modules.get(name)
    return content ? [{ name, content }] : []
  })
  return { early: loaded.slice(0, lastEarly + 1), late: loaded.slice(lastEarly + 1) }
}

function isKernel(path: string): boolean {
  return /^(?:usr\/)?(?:boot|lib\/modules\/[^/]+)\/vmlinuz(?:-[^/]*)?$/.test(path)
}

async function decompressModule(path: string, content: Buffer, signal?: AbortSignal): Promise<Buffer> {
  const maxOutputLength = 64 * 1024 * 1024
  if (path.endsWith('.zst')) return zstdDecompressSync(content, { maxOutputLength })
  if (path.endsWith('.gz')) return gunzipSync(content, { maxOutputLength })
  if (!path.endsWith('.xz')) return content
  return unpackXz({ content, purpose: `unpacking ${path}`, signal })
}
