/** Huge pages of this host: the pools there are, and how many pages are free when a machine starts. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import type { HugePagePool } from '../spec/compute-capabilities.ts'
import type { ComputeSpec } from '../spec/compute.ts'

const hugePagesFolder = '/sys/kernel/mm/hugepages'
const kibibyte = 1024

/** Pools with pages, those the kernel may make on demand included. */
export async function readHugePages(): Promise<HugePagePool[]> {
  const names = await readdir(hugePagesFolder).catch(() => [])
  const pools = names.flatMap((name) => {
    const size = /^hugepages-(\d+)kB$/.exec(name)?.[1]
    return size === undefined ? [] : [{ name, pageBytes: Number(size) * kibibyte }]
  })
  const read = pools.map(async ({ name, pageBytes }) => {
    const [fixed, extra] = await Promise.all([
      readCount(join(hugePagesFolder, name, 'nr_hugepages')),
      readCount(join(hugePagesFolder, name, 'nr_overcommit_hugepages')),
    ])
    return { pageBytes, pages: fixed + extra }
  })
  return (await Promise.all(read)).filter(({ pages }) => pages > 0).toSorted((a, b) => a.pageBytes - b.pageBytes)
}

/** Pages of a size that nobody has or has been promised, with those the kernel may still make. */
async function freeHugePages(pageBytes: number): Promise<number> {
  const folder = join(hugePagesFolder, `hugepages-${pageBytes / kibibyte}kB`)
  const [free, promised, extra, made] = await Promise.all(
    ['free_hugepages', 'resv_hugepages', 'nr_overcommit_hugepages', 'surplus_hugepages'].map((name) =>
      readCount(join(folder, name)),
    ),
  )
  return (free ?? 0) - (promised ?? 0) + (extra ?? 0) - (made ?? 0)
}

/** A file that is not there counts nothing. */
async function readCount(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '0')
  return Number.parseInt(text, 10) || 0
}

const mebibyte = 1024 ** 2

/** The kernel takes the pages of a machine that has just ended back a moment after its end. */
const pauseMs = 50
const patience = 20

/** Better than QEMU's end in the middle of its start. @throws {DriverError} Unsupported, with the numbers */
export async function checkFreeHugePages({ hugePageBytes, memoryMiB }: ComputeSpec): Promise<void> {
  if (hugePageBytes === undefined) return
  const wanted = (memoryMiB * mebibyte) / hugePageBytes
  let free = await freeHugePages(hugePageBytes)
  for (let tries = 0; free < wanted && tries < patience; tries += 1) {
    await delay(pauseMs)
    free = await freeHugePages(hugePageBytes)
  }
  if (free >= wanted) return
  throw new DriverError(
    'Unsupported',
    `${wanted} huge pages of ${hugePageBytes / mebibyte} MiB are wanted, and ${free} of this host's are free`,
    { remedy: 'Stop a machine that has some, or raise vm.nr_hugepages.' },
  )
}
