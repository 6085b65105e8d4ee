import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataVolumes, type DataVolume } from '@berth/api'
import { getCondition } from '@berth/meta'
import { expect, it } from 'vitest'
import { startImageRegistry } from '../../testing/image-registry.ts'
import { dataVolumeOf } from '../../testing/manifests.ts'
import { TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { serve } from '../../testing/web-server.ts'

const mebibyte = 1024 ** 2
const half = 2 * mebibyte
const disk = Buffer.alloc(2 * half, 'a disk of 4 MiB ')
// Only text is nothing but letters.
disk.fill(0, 0, 440)

type Answer = (request: IncomingMessage, response: ServerResponse, image: Buffer) => void

/** What is wrong with a server, and what people are told while they wait for it to get well. */
const broken: Record<string, { answer: Answer; told: RegExp }> = {
  breaks: {
    answer({ headers }, response) {
      const goesOn = headers.range !== undefined
      response.writeHead(goesOn ? 206 : 200, {
        etag: '"disk"',
        'content-length': goesOn ? half : disk.length,
        ...(goesOn ? { 'content-range': `bytes ${half}-${disk.length - 1}/${disk.length}` } : {}),
      })
      const breakOff = (): void => void setImmediate(() => response.destroy())
      if (!goesOn) return void response.write(disk.subarray(0, half), breakOff)
      response.flushHeaders()
      breakOff()
    },
    told: /broken off|sent \d+ of \d+ bytes/,
  },
  refuses: { answer: (_request, response) => void response.writeHead(401).end(), told: /answered 401 Unauthorized/ },
  'is-busy': {
    answer: (_request, response) => void response.writeHead(429, { 'retry-after': `${busyMs / 1000}` }).end(),
    told: /answered 429 Too Many Requests/,
  },
  'says-less-than-it-has': {
    answer(_request, response, image) {
      response.writeHead(200, { 'content-length': image.length / 2 }).end(image.subarray(0, image.length / 2))
    },
    told: /damaged or cut off/,
  },
  'has-half-an-image': {
    answer: (_request, response, image) => void response.end(image.subarray(0, image.length / 2)),
    told: /damaged or cut off/,
  },
}

/** What the busy one asks for. */
const busyMs = 50_000

const brokenRegistry = 'registry-breaks'

async function qcow2In(folder: string): Promise<Buffer> {
  const [raw, qcow2] = [join(folder, 'sample.raw'), join(folder, 'sample.qcow2')]
  await writeFile(raw, disk)
  await promisify(execFile)('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2])
  return readFile(qcow2)
}

it('an import that waits for its server says why, lets others go first, and goes on', async () => {
  await using cluster = await TestEngine.start()
  const image = await qcow2In(cluster.dataDir)
  const asked: Record<string, (string | undefined)[]> = {}
  const busyAt: number[] = []
  let isBroken = true
  await using web = await serve((request, response) => {
    const name = (request.url ?? '').slice(1)
    ;(asked[name] ??= []).push(request.headers.range)
    const fault = isBroken ? broken[name] : undefined
    if (fault !== undefined && name === 'is-busy') busyAt.push(cluster.clock.now().getTime())
    if (fault !== undefined) return fault.answer(request, response, image)
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${disk.length - 1}/${disk.length}`)
    response.writeHead(from > 0 ? 206 : 200, { etag: '"disk"' }).end(disk.subarray(from))
  })
  await using registry = await startImageRegistry()
  registry.put('v1', disk)
  registry.breakLayers(true)

  const names = [...Object.keys(broken), brokenRegistry]
  const ask = (name: string, source: DataVolume['spec']['source']): Promise<unknown> =>
    cluster.client.create(dataVolumes, dataVolumeOf(name, { source }))
  const shown = (name: string, what: string, holds: (status: NonNullable<DataVolume['status']>) => boolean) =>
    until(
      `${name} ${what}`,
      () => cluster.find(dataVolumes, name),
      (found) => found?.status !== undefined && holds(found.status),
    )
  for (const name of Object.keys(broken)) await ask(name, { http: { url: `${web.url}/${name}` } })
  await ask(brokenRegistry, { registry: { url: `docker://${registry.host}/team/disk:v1` } })
  for (const name of names) {
    // On a slow machine one that was quick to fail is being tried again when it is looked at.
    const { status } = await shown(
      name,
      'waits',
      ({ conditions }) => getCondition(conditions, 'Running')?.reason === 'Error',
    )
    expect(status, name).toMatchObject({
      phase: 'ImportInProgress',
      restartCount: expect.toSatisfy((count) => count > 0),
    })
    const running = getCondition(status?.conditions, 'Running')
    expect(running?.status, name).toBe('False')
    expect(running?.message, name).toMatch(broken[name]?.told ?? /broken off|sent \d+ of \d+ bytes/)
  }
  // Six of them wait, and two at once are the most.
  await ask('good', { http: { url: `${web.url}/good` } })
  await shown('good', 'is there', ({ phase }) => phase === 'Succeeded')

  // Longer than any first wait, and shorter than the busy one has asked for.
  cluster.clock.leap(20_000)
  await shown('refuses', 'was tried again', ({ restartCount = 0 }) => restartCount > 1)
  for (const [index, at] of busyAt.entries()) expect(at - (busyAt[index - 1] ?? 0)).toBeGreaterThanOrEqual(busyMs)

  isBroken = false
  registry.breakLayers(false)
  await until(
    'all are there',
    async () => {
      cluster.clock.leap(60_000)
      return Promise.all(names.map((name) => cluster.find(dataVolumes, name)))
    },
    (found) => found.every((each) => each?.status?.phase === 'Succeeded'),
  )
  expect(asked['breaks']?.at(-1)).toBe(`bytes=${half}-`)
})
