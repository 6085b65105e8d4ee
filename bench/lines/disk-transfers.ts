/**
 * Disks that come in from outside, as whoever asks for them sees it: from the request until the watch shows the disk as ready, which it is
 * when the volume would survive a power cut. Beside each, in the same round and on the same disk, what the bytes alone cost: the baseline
 * reads the same file from the same warm cache, and ends with the same sync of what it wrote. What is ours to pay beside it is the way
 * through HTTP or TLS into a file of the engine's own, the check and the conversion by a process without rights, and the API. That file is
 * not synced (a power cut asks for it again), so that it costs the disk little while it fits into memory.
 *
 * Every disk goes before the next is made, and so does the baseline's file: memory that was never used before costs many times as much in a
 * virtual machine as what was just given back, and would be paid by one of the two alone.
 */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { timeConvert, timeCopy, timeDownload } from '../baselines/disk-writes.ts'
import { openFollower } from '../disks/follow.ts'
import { removeDisk } from '../disks/remove.ts'
import { dataVolume, dataVolumePath, isFilled, uploadTokenPath } from '../disks/objects.ts'
import { sampleImage, served } from '../disks/sample-image.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { median, spread } from '../statistics.ts'

/** Small beside everything else that an import does. */
const smallMebibytes = 1

export const diskImport: BenchLine = {
  name: 'disk-import',
  what: 'import of a qcow2 image over HTTP, until its disk is ready',
  budget: { of: 'ratio', bound: 'at most', amount: 3 },
  async run(context) {
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const measure = async (mebibytes: number): Promise<Record<'values' | 'bare' | 'brought', number[]>> => {
      const image = await sampleImage(context, mebibytes)
      const url = await served(context, image.qcow2)
      const disks = await openFollower(access, dataVolumePath)
      const times: Record<'values' | 'bare' | 'brought', number[]> = { values: [], bare: [], brought: [] }
      for (let round = 0; round < (context.quick ? 2 : 5); round += 1) {
        const name = `import-${mebibytes}-${round}`
        times.values.push(await disks.make(dataVolume(name, { http: { url } }, `${mebibytes}Mi`), isFilled))
        await removeDisk({ access, dataDir, name })
        times.bare.push(await timeConvert(dataDir, { path: image.qcow2, format: 'qcow2' }))
        times.brought.push(await timeDownload(dataDir, url))
      }
      disks.close()
      return times
    }
    // What an import takes whatever its size: requests, controllers, three programs that start, syncs of records.
    const small = await measure(smallMebibytes)
    const mebibytes = context.quick ? 64 : 512
    const { values, bare, brought } = await measure(mebibytes)
    await engine.close()
    const ms = (times: number[]): string => `${median(times).toFixed(0)} ms`
    const note = [
      `${mebibytes} MiB of noise; ${spread(values)}`,
      `of ${smallMebibytes} MiB: ${ms(small.values)} beside ${ms(small.bare)}`,
      `the file over HTTP by Node alone: ${ms(brought)}`,
    ].join('; ')
    return against(
      { what: 'qemu-img convert of the same file, synced', value: median(bare) },
      { value: median(values), unit: 'ms', note },
    )
  },
}

export const diskUpload: BenchLine = {
  name: 'disk-upload',
  what: "upload of a raw disk through CDI's door, until its disk is ready",
  budget: { of: 'ratio', bound: 'at most', amount: 4 },
  async run(context) {
    const image = await sampleImage(context, context.quick ? 64 : 512)
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const disks = await openFollower(access, dataVolumePath)
    const client = httpsClient(access, 1)
    const values: number[] = []
    const bare: number[] = []
    for (let round = 0; round < (context.quick ? 2 : 5); round += 1) {
      const name = `upload-${round}`
      const target = dataVolume(name, { upload: {} }, `${image.mebibytes}Mi`)
      await disks.make(target, ({ status }) => status?.['phase'] === 'UploadReady')
      const body = {
        apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
        kind: 'UploadTokenRequest',
        metadata: { name },
        spec: { pvcName: name },
      }
      const answer = expectCode(await client.send('POST', uploadTokenPath, JSON.stringify(body)), 201, 'the token')
      const { status } = JSON.parse(answer.body.toString()) as { status: { token: string } } // the API's own answer
      const begin = performance.now()
      await Promise.all([send(access, { token: status.token, path: image.raw }), disks.reached(name, isFilled)])
      values.push(performance.now() - begin)
      await removeDisk({ access, dataDir, name })
      bare.push(await timeCopy(dataDir, image.raw))
    }
    client.close()
    disks.close()
    await engine.close()
    return against(
      { what: 'writing the same bytes to a file of that disk, synced', value: median(bare) },
      { value: median(values), unit: 'ms', note: `${image.mebibytes} MiB of noise over TLS; ${spread(values)}` },
    )
  },
}

async function send(access: ServerAccess, { token, path }: { token: string; path: string }): Promise<void> {
  const { size } = await stat(path)
  const { cert: _cert, key: _key, ...server } = access
  const agent = new Agent({ keepAlive: false })
  const outgoing = request({
    ...server,
    agent,
    method: 'POST',
    path: '/v1beta1/upload',
    headers: { authorization: `Bearer ${token}`, 'content-length': size, 'content-type': 'application/octet-stream' },
  })
  const answered = new Promise<number>((resolve, reject) => {
    outgoing.on('response', (incoming) => {
      incoming.resume()
      resolve(incoming.statusCode ?? 0)
    })
    outgoing.on('error', reject)
  })
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), outgoing)
  const code = await answered
  if (code !== 200) throw new Error(`the upload answered ${code}`)
}
