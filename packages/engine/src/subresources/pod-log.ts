/** `kubectl logs` of a launcher pod: what the machine printed on its serial console. */

import { badRequest, notFound } from '@berth/meta'
import { annotations } from '@berth/api'
import { pods, type Pod } from '@berth/kube'
import type { Subresource } from '@berth/apiserver'
import type { Domain } from '@berth/hypervisor'
import type { EngineServices } from '../services.ts'
import { findInstanceIfAny } from './instance-lookup.ts'

/** Names that clients ask for: the pod's own container, and KubeVirt's container for the console log. */
const containers = ['compute', 'guest-console-log']
const bytesPerLine = 512

export function podLogSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const pod = await services().client.get(pods, { namespace: request.namespace ?? '', name: request.name })
      const container = request.query.get('container')
      if (container !== null && container !== '' && !containers.includes(container)) {
        throw badRequest(`container ${container} is not valid for pod ${request.name}`)
      }
      if (request.query.get('previous') === 'true')
        throw badRequest(`previous terminated container "compute" in pod "${request.name}" not found`)
      const domain = await domainOf(pod, services())
      if (domain === undefined) throw notFound({ group: '', resource: 'pods/log' }, request.name)
      const tail = lines(request.query.get('tailLines'))
      const limit = lines(request.query.get('limitBytes'))
      const follow = request.query.get('follow') === 'true'
      const log = domain.serialLog({
        follow,
        signal: request.signal,
        ...(tail === undefined ? {} : { tailBytes: Math.max(tail, 1) * bytesPerLine }),
      })
      return {
        kind: 'stream',
        contentType: 'text/plain',
        body: bounded(tail === undefined ? log : lastLines(log, tail, follow), limit),
      }
    },
  }
}

/**
 * Labels and annotations of a pod are its users' to change: they only count as far as they name an instance of the pod's own
 * namespace, or they would open everybody's logs.
 */
async function domainOf(pod: Pod, services: EngineServices): Promise<Domain | undefined> {
  const { namespace, annotations: notes, labels } = pod.metadata
  const named = { namespace, name: notes?.[annotations.domain] ?? '' }
  const uid = named.name === '' ? undefined : (await findInstanceIfAny(services, named))?.metadata.uid
  return uid === undefined || uid !== labels?.['kubevirt.io/created-by'] ? undefined : services.driver.get(uid)
}

function lines(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`"${text}" is not a number`)
  return Number(text)
}

async function* bounded(log: AsyncIterable<Uint8Array>, limit: number | undefined): AsyncIterable<Uint8Array> {
  let left = limit ?? Number.POSITIVE_INFINITY
  for await (const chunk of log) {
    yield chunk.byteLength <= left ? chunk : chunk.subarray(0, left)
    left -= chunk.byteLength
    if (left <= 0) return
  }
}

/** The first chunk of a log is its past: that is cut to whole lines, what follows is passed on. */
async function* lastLines(log: AsyncIterable<Uint8Array>, count: number, follow: boolean): AsyncIterable<Uint8Array> {
  const past: Buffer[] = []
  let live = false
  for await (const chunk of log) {
    if (live) {
      yield chunk
      continue
    }
    past.push(Buffer.from(chunk))
    if (follow) {
      yield cut(Buffer.concat(past), count)
      live = true
    }
  }
  if (!live) yield cut(Buffer.concat(past), count)
}

function cut(text: Buffer, count: number): Buffer {
  if (count === 0) return Buffer.alloc(0)
  const end = text.at(-1) === 0x0a ? text.byteLength - 1 : text.byteLength
  let from = end
  for (let found = 0; found < count && from > 0; found += 1) {
    const newline = text.lastIndexOf(0x0a, from - 1)
    if (newline < 0) return text
    from = newline
  }
  return text.subarray(from + 1)
}
