/** The block sizes of what an image is on, for a disk that is to have the same. */

import { readFile, statfs } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import type { BlockSizes } from '../spec/disks.ts'

/**
 * A block device has sizes of its own; a file has that of its file system, which does not tell one from the other. These are KubeVirt's
 * rules (matchVolume).
 */
export async function blockSizesOf(path: string, stat: Stats): Promise<BlockSizes> {
  if (!stat.isBlockDevice()) {
    const { bsize } = await statfs(path)
    return { logical: bsize, physical: bsize, discardGranularity: bsize }
  }
  const folder = `/sys/dev/block/${major(stat.rdev)}:${minor(stat.rdev)}/queue`
  const read = async (name: string): Promise<number> =>
    Number(await readFile(`${folder}/${name}`, 'utf8').catch(() => '0'))
  const [logical, physical, granularity] = await Promise.all([
    read('logical_block_size'),
    read('physical_block_size'),
    read('discard_granularity'),
  ])
  const size = logical || 512
  return {
    logical: size,
    physical: Math.max(physical, size),
    discardGranularity: granularity % size === 0 ? granularity : Math.max(physical, size),
  }
}

/** As glibc's gnu_dev_major and gnu_dev_minor take a device number apart, for numbers of 32 bits. */
function major(device: number): number {
  return (device >>> 8) & 0xfff
}

function minor(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00)
}
