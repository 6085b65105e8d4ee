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
import type { BenchContext } from '../context.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { inTurn, type InTurn } from '../in-turn.ts'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { median, spread } from '../statistics.ts'

/** Small beside everything else that an import does. */
const smallMebibytes = 1
const rounds = (context: BenchContext): number => (context.quick ? 2 : 7)

export const diskImport: BenchLine = {
  name: 'disk-import',
  what: 'import of a qcow2 image over HTTP, until its disk is ready',
  budget: { of: 'ratio', bound: 'at most', amount: 3 },
  async run(context) {
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const measure = async (mebibytes: number): Promise<InTurn & { brought: number[] }> => {
      const image = await sampleImage(context, mebibytes)
      const url = await served(context, image.qcow2)
      const disks = await openFollower(access, dataVolumePath)
      const brought: number[] = []
      const times = await inTurn(rounds(context), {
        async ours(round) {
          const name = `import-${mebibytes}-${round}`
          const took = await disks.make(dataVolume(name, { http: { url } }, `${mebibytes}Mi`), isFilled)
          await removeDisk({ access, dataDir, name })
          brought.push(await timeDownload(dataDir, url))
          return took
        },
        bare: () => timeConvert(dataDir, { path: image.qcow2, format: 'qcow2' }),
      })
      disks.close()
      return { ...times, brought }
    }
    // What an import takes whatever its size: requests, controllers, three programs that start, syncs of records.
    const small = await measure(smallMebibytes)
    const mebibytes = context.quick ? 64 : 512
    const { ours, bare, ratios, brought } = await measure(mebibytes)
    await engine.close()
    const ms = (times: number[]): string => `${median(times).toFixed(0)} ms`
    const note = [
      `${mebibytes} MiB of noise; ${spread(ours)}`,
      ratios,
      `of ${smallMebibytes} MiB: ${ms(small.ours)} beside ${ms(small.bare)}`,
      `the file over HTTP by Node alone: ${ms(brought)}`,
    ].join('; ')
    return against(
      { what: 'qemu-img convert of the same file, synced', value: median(bare) },
      { value: median(ours), unit: 'ms', note },
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
    const sendingMs: number[] = []
    const receivingMs: number[] = []
    const { ours, bare, ratios } = await inTurn(rounds(context), {
      async ours(round) {
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
        const before = await engine.call('cpu', null)
        const [begin, used] = [performance.now(), process.cpuUsage()]
        await Promise.all([send(access, { token: status.token, path: image.raw }), disks.reached(name, isFilled)])
        const took = performance.now() - begin
        const { user, system } = process.cpuUsage(used)
        sendingMs.push((user + system) / 1000)
        receivingMs.push((await engine.call('cpu', null)).usedMs - before.usedMs)
        await removeDisk({ access, dataDir, name })
        return took
      },
      bare: () => timeCopy(dataDir, image.raw),
    })
    client.close()
    disks.close()
    await engine.close()
    const note = [
      `${image.mebibytes} MiB of noise over TLS; ${spread(ours)}`,
      ratios,
      `processor time of the engine ${median(receivingMs).toFixed(0)} ms, of the sender, which shares the machine, ${median(sendingMs).toFixed(0)} ms`,
    ].join('; ')
    return against(
      { what: 'writing the same bytes to a file of that disk, synced', value: median(bare) },
      { value: median(ours), unit: 'ms', note },
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
