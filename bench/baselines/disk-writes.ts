/** What a disk and QEMU's own tool need for the same bytes, until they would survive a power cut. */

import { createWriteStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { convertImage } from '@berth/imaging'

const mebibyte = 1024 ** 2

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync()
  await file.close()
}

/** Milliseconds of `qemu-img convert` to a new qcow2 file. */
export async function timeConvert(folder: string, source: { path: string; format: 'qcow2' | 'raw' }): Promise<number> {
  const target = join(folder, 'converted.qcow2')
  const begin = performance.now()
  await convertImage({ source, target: { path: target, format: 'qcow2' } })
  await sync(target)
  const took = performance.now() - begin
  await rm(target)
  return took
}

/** Milliseconds of bringing a file over plain HTTP by Node alone; it is not synced. */
export async function timeDownload(folder: string, url: string): Promise<number> {
  const target = join(folder, 'brought')
  const begin = performance.now()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject)
  })
  await pipeline(response, createWriteStream(target))
  const took = performance.now() - begin
  await rm(target)
  return took
}

/** Milliseconds of copying a file with reads and writes of one mebibyte. */
export async function timeCopy(folder: string, source: string): Promise<number> {
  const target = join(folder, 'copied.raw')
  const [from, to] = [await open(source, 'r'), await open(target, 'w')]
  const piece = Buffer.alloc(mebibyte)
  const begin = performance.now()
  for (;;) {
    const { bytesRead } = await from.read(piece)
    if (bytesRead === 0) break
    await to.write(piece, 0, bytesRead)
  }
  await to.sync()
  const took = performance.now() - begin
  await Promise.all([from.close(), to.close()])
  await rm(target)
  return took
}
