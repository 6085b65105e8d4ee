/** An image with random content, which nothing can make smaller, and a server that gives it away. */

import { randomFillSync } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { convertImage } from '@berth/imaging'
import type { BenchContext } from '../context.ts'

const mebibyte = 1024 ** 2

export interface SampleImage {
  mebibytes: number
  raw: string
  qcow2: string
}

/** Shared by all lines that ask for the size. */
export function sampleImage(context: BenchContext, mebibytes: number): Promise<SampleImage> {
  return context.shared(`sample-image-${mebibytes}`, async () => {
    const folder = await context.folder('image')
    const [raw, qcow2] = [join(folder, 'sample.raw'), join(folder, 'sample.qcow2')]
    const file = await open(raw, 'w')
    const piece = Buffer.alloc(mebibyte)
    for (let written = 0; written < mebibytes; written += 1) await file.write(randomFillSync(piece))
    await file.sync()
    await file.close()
    await convertImage({ source: { path: raw, format: 'raw' }, target: { path: qcow2, format: 'qcow2' } })
    return { value: { mebibytes, raw, qcow2 }, dispose: () => rm(folder, { recursive: true, force: true }) }
  })
}

/** @returns the address of the file, whose server goes with the run */
export async function served(context: BenchContext, path: string): Promise<string> {
  const { size } = await stat(path)
  const server = createServer((request, response) => {
    response.setHeader('content-length', size)
    response.setHeader('accept-ranges', 'none')
    if (request.method === 'HEAD') response.end()
    else createReadStream(path, { highWaterMark: mebibyte }).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  // A server that listens on a port has an address with one.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sample.qcow2`
}
