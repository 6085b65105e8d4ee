/** A disk as a qcow2 file without holes' content, made while it is read: nothing is written down, and any part can be asked for. */

import type { DiskReader } from '../disk-reader/open-disk-reader.ts'
import { clusterBytes, ClusterSet, qcow2Layout, type Qcow2Layout } from './qcow2-layout.ts'

/** Clusters that are read at once where they lie side by side. */
const readClusters = 16

export async function layOutQcow2(reader: DiskReader): Promise<Qcow2Layout> {
  const data = new ClusterSet(Math.ceil(reader.sizeBytes / clusterBytes))
  for await (const { offset, length, zero } of reader.extents(0, reader.sizeBytes)) {
    if (!zero) data.addRange(Math.floor(offset / clusterBytes), Math.ceil((offset + length) / clusterBytes))
  }
  return qcow2Layout(reader.sizeBytes, data)
}

/** @param range bytes of the file, `from` (included) to `to` (excluded) */
export async function* qcow2Bytes(
  reader: DiskReader,
  { layout, from, to }: { layout: Qcow2Layout; from: number; to: number },
): AsyncGenerator<Buffer> {
  const first = Math.floor(from / clusterBytes)
  let at = first * clusterBytes
  for await (const content of clustersFrom(reader, layout, first)) {
    const piece = content.subarray(Math.max(0, from - at), Math.min(content.length, to - at))
    if (piece.length > 0) yield piece
    at += content.length
    if (at >= to) return
  }
}

async function* clustersFrom(reader: DiskReader, layout: Qcow2Layout, first: number): AsyncGenerator<Buffer> {
  for (let index = first; index < layout.tables; index += 1) yield layout.table(index)
  let run: { from: number; count: number } | undefined
  for (const cluster of layout.data(Math.max(0, first - layout.tables))) {
    if (run !== undefined && cluster === run.from + run.count && run.count < readClusters) {
      run.count += 1
      continue
    }
    if (run !== undefined) yield await readRun(reader, run)
    run = { from: cluster, count: 1 }
  }
  if (run !== undefined) yield await readRun(reader, run)
}

/** The last cluster of a disk may be shorter than one of the file. */
async function readRun(reader: DiskReader, { from, count }: { from: number; count: number }): Promise<Buffer> {
  const offset = from * clusterBytes
  const bytes = Math.min(count * clusterBytes, reader.sizeBytes - offset)
  const content = await reader.read(offset, bytes)
  return bytes === count * clusterBytes ? content : Buffer.concat([content, Buffer.alloc(count * clusterBytes - bytes)])
}
