/** `/api/clusters/:cluster/stream/<path>`: screens, serial consoles and ports of machines, byte for byte, as the person. */

import type { Duplex } from 'node:stream'
import { messageOf, type Logger } from '@berth/base'
import { StreamClosedError } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { closeCodes, refusalCloseCode } from '@berth/view'
import type { RawData, WebSocket } from 'ws'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { AccessQuestion, Rights } from '../watches/contract.ts'
import { clusterPath } from './path.ts'
import type { Viewers } from './viewers.ts'

/** Towards the cluster, and accepted from browsers; noVNC offers `binary`. */
const clusterProtocol = 'plain.kubevirt.io'
export const streamProtocols: readonly string[] = [clusterProtocol, 'binary']

const prefix = /^\/api\/clusters\/([^/?]+)\/stream\/(.*)$/s
const allowed =
  /^\/apis\/subresources\.kubevirt\.io\/v1(?:alpha3)?\/namespaces\/[^/]+\/(?:virtualmachineinstances|virtualmachines)\/[^/]+\/(?:vnc|console|usbredir|portforward\/\d{1,5}(?:\/(?:tcp|udp))?)$/
/** What one session at a time may have: of which machine, and which device. */
const singleSession = /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)\/(vnc|console)$/
/** Names and values of what may stand behind the `?`. */
const option = { name: /^[a-zA-Z]{1,40}$/, value: /^[a-z0-9]{1,40}$/ }
/** Not sent yet to the browser before the cluster has to wait. */
const maxUnsentBytes = 1024 * 1024
/** A close frame has room for this many bytes of reason (RFC 6455, 5.5.1). */
const reasonBytes = 123

/** A cluster's refusal of a second session on a screen, which it does not tell by a code (KubeVirt's virt-handler). */
const busyText = 'Active VNC connection'

export interface StreamTarget {
  cluster: Cluster
  path: string
  /** The device behind it, whatever the query: for who is connected to it. Undefined for what many may use at once. */
  shared: { key: string; right: AccessQuestion } | undefined
  /** `free`: not while somebody else is connected. `over`: whoever is there. */
  take: 'free' | 'over'
}

/** Undefined for an address that is no stream of a cluster that is there. */
export function streamTarget(url: string, clusters: readonly Cluster[]): StreamTarget | undefined {
  const [, id, rest] = prefix.exec(url) ?? []
  const cluster = clusters.find((each) => each.id === id)
  if (cluster === undefined || rest === undefined) return undefined
  try {
    const { query, take } = taken(rest)
    const path = clusterPath(query)
    const [device = '', options = ''] = path.split('?', 2)
    if (!allowed.test(device) || !areOptions(options)) return undefined
    const [, namespace = '', resource = '', name = '', subresource = ''] = singleSession.exec(device) ?? []
    if (subresource === '') return { cluster, path, take, shared: undefined }
    const right = { verb: 'get', group: 'subresources.kubevirt.io', resource, subresource, namespace, name }
    return { cluster, path, take, shared: { key: `${cluster.id} ${device}`, right } }
  } catch (error) {
    if (error instanceof ConsoleError) return undefined
    throw error
  }
}

function areOptions(text: string): boolean {
  return [...new URLSearchParams(text)].every(([name, value]) => option.name.test(name) && option.value.test(value))
}

/** `?take=free|over` is the console's own; for a screen it is KubeVirt's preserveSession. */
function taken(rest: string): { query: string; take: StreamTarget['take'] } {
  const [path = '', text = ''] = rest.split('?', 2)
  const query = new URLSearchParams(text)
  const take = query.get('take') === 'free' ? 'free' : 'over'
  query.delete('take')
  if (take === 'free' && path.endsWith('/vnc')) query.set('preserveSession', 'true')
  return { query: query.size === 0 ? path : `${path}?${query.toString()}`, take }
}

export interface StreamServices {
  viewers: Viewers
  rights: Rights
  logger: Logger
}

export async function serveStream(
  socket: WebSocket,
  { target, session }: { target: StreamTarget; session: LiveSession },
  { viewers, rights, logger }: StreamServices,
): Promise<void> {
  const identity = session.identities.get(target.cluster.id)
  if (identity === undefined) {
    socket.close(closeCodes.signedOut, `you are not signed in to ${target.cluster.name}`)
    return
  }
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  // What is typed before the other side is there waits in the browser.
  socket.pause()
  const other = await inTheWay(target, identity, { viewers, rights })
  if (other !== undefined) {
    socket.resume()
    socket.close(closeCodes.busy, shortened(other))
    return
  }
  let stream: Duplex
  try {
    stream = await target.cluster.clientFor(identity).transport.upgrade({
      path: target.path,
      protocol: clusterProtocol,
      signal: AbortSignal.any([gone.signal, session.signal]),
    })
  } catch (error) {
    const busy = messageOf(error).includes(busyText)
    const code = busy ? closeCodes.busy : refusalCloseCode(error instanceof StatusError ? error.httpCode : 503)
    logger.debug({ error: messageOf(error), path: target.path }, 'a stream was refused')
    // A paused socket would never see the browser's goodbye.
    socket.resume()
    socket.close(code, busy ? '' : shortened(messageOf(error)))
    return
  }
  // A socket that is closed by now would never be seen to leave.
  if (socket.readyState !== socket.OPEN) {
    stream.destroy()
    return
  }
  if (target.shared !== undefined) socket.once('close', viewers.enter(target.shared.key, session.displayName))
  join(socket, stream)
}

/** Who has the device that is wanted only while it is free. People who may not have it are not told: the cluster refuses them. */
async function inTheWay(
  { cluster, shared, take }: StreamTarget,
  identity: Identity,
  { viewers, rights }: Pick<StreamServices, 'viewers' | 'rights'>,
): Promise<string | undefined> {
  if (shared === undefined || take === 'over' || viewers.current(shared.key) === undefined) return undefined
  const allowed = await rights.may(cluster, identity, shared.right).catch(() => false)
  return allowed ? viewers.current(shared.key) : undefined
}

/** Joins both until either ends, with back-pressure both ways. */
function join(socket: WebSocket, stream: Duplex): void {
  socket.on('message', (data: RawData) => {
    if (!Buffer.isBuffer(data)) return
    if (!stream.write(data)) socket.pause()
  })
  stream.on('drain', () => socket.resume())
  socket.once('close', (code) => {
    const goodbye = code === 1000 || code === 1001 || code === 1005
    if (goodbye) stream.end()
    else stream.destroy()
    // Nobody reads it any more.
    stream.resume()
  })

  stream.on('data', (chunk: Buffer) => {
    socket.send(chunk, { binary: true }, () => {
      if (stream.isPaused() && socket.bufferedAmount < maxUnsentBytes / 2) stream.resume()
    })
    if (socket.bufferedAmount > maxUnsentBytes) stream.pause()
  })
  const close = (code: number, reason: string): void => {
    socket.resume()
    socket.close(code, shortened(reason))
  }
  stream.once('end', () => close(1000, ''))
  stream.once('error', (error) => {
    if (error instanceof StreamClosedError) close(sendable(error.closeCode), error.message)
    else close(closeCodes.cut, messageOf(error))
  })
  socket.resume()
}

/** Codes that only say how a connection ended cannot be sent (RFC 6455, 7.4.1). */
function sendable(code: number): number {
  const known = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
  return known ? code : closeCodes.cut
}

function shortened(text: string): string {
  const bytes = Buffer.from(text)
  // Cut between characters: half a one is no UTF-8, which a browser takes for a broken protocol.
  return bytes.length <= reasonBytes
    ? text
    : new TextDecoder().decode(bytes.subarray(0, reasonBytes - 3), { stream: true })
}
