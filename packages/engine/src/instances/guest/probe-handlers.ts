/** The four ways to ask a guest whether it is well. Each answers with why not, or nothing when it is. */

import type { Duplex } from 'node:stream'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { connect as connectTls } from 'node:tls'
import { messageOf } from '@berth/base'
import type { HttpGetAction, Probe, VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'

/** Node takes a longer time for none. */
const longestMs = 2 ** 31 - 1

/** @returns the failure in words; undefined when the guest is well */
export async function ask(
  probe: Readonly<Probe>,
  { instance, domain }: { instance: Readonly<VirtualMachineInstance>; domain: Domain },
): Promise<string | undefined> {
  const timeoutMs = Math.min((probe.timeoutSeconds ?? 1) * 1000, longestMs)
  try {
    if (probe.guestAgentPing !== undefined) await domain.agent.ping(timeoutMs)
    else if (probe.exec !== undefined) return await askCommand(probe.exec.command ?? [], domain, timeoutMs)
    else if (probe.tcpSocket !== undefined) {
      const stream = await inTime(domain.dial(portOf(probe.tcpSocket.port, instance)), timeoutMs)
      stream.destroy()
    } else if (probe.httpGet !== undefined) return await askHttp(probe.httpGet, { instance, domain, timeoutMs })
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Of a program's words, what fits an event. */
const shownLetters = 200

async function askCommand(
  [path, ...args]: readonly string[],
  domain: Domain,
  timeoutMs: number,
): Promise<string | undefined> {
  if (path === undefined) return 'the probe names no command'
  const { exitCode, output, errorOutput } = await domain.agent.run({ path, args, timeoutMs })
  if (exitCode === 0) return undefined
  const words = (errorOutput === '' ? output : errorOutput).trim().slice(0, shownLetters)
  return `command ended with code ${exitCode}${words === '' ? '' : `: ${words}`}`
}

async function askHttp(
  { path = '/', port, scheme = 'HTTP', httpHeaders = [] }: HttpGetAction,
  { instance, domain, timeoutMs }: { instance: Readonly<VirtualMachineInstance>; domain: Domain; timeoutMs: number },
): Promise<string | undefined> {
  const secure = scheme === 'HTTPS'
  const deadline = AbortSignal.timeout(timeoutMs)
  const number = portOf(port, instance)
  const stream = await inTime(domain.dial(number), timeoutMs)
  const headers: Record<string, string> = {
    host: `localhost:${number}`,
    'user-agent': 'kube-probe/berth',
    accept: '*/*',
  }
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value
  try {
    const code = await statusOf({
      path: path.startsWith('/') ? path : `/${path}`,
      headers,
      signal: deadline,
      // As kubelet, which asks whether it answers and not who answers.
      createConnection: () => (secure ? connectTls({ socket: stream, rejectUnauthorized: false }) : stream),
    })
    return code >= 200 && code < 400 ? undefined : `HTTP probe failed with statuscode: ${code}`
  } finally {
    stream.destroy()
  }
}

/** Only the head of the answer is read: a body may be as long as it likes. */
function statusOf(
  options: Omit<RequestOptions, 'createConnection'> & { createConnection: () => Duplex },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  // Without an agent: one would make connections of its own. What is encrypted is the connection it is given.
  const request = httpRequest(options)
  request.on('response', (response) => {
    resolve(response.statusCode ?? 0)
    response.destroy()
  })
  request.on('error', reject)
  request.end()
  return promise
}

/** A name is that of a port of the machine's network cards. */
function portOf(port: number | string, { spec }: Readonly<VirtualMachineInstance>): number {
  if (typeof port === 'number') return port
  if (/^\d+$/.test(port)) return Number(port)
  const named = (spec.domain.devices.interfaces ?? [])
    .flatMap(({ ports = [] }) => ports)
    .find(({ name }) => name === port)
  if (named === undefined) throw new Error(`no network card has a port named "${port}"`)
  return named.port
}

async function inTime(opening: Promise<Duplex>, timeoutMs: number): Promise<Duplex> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
  try {
    const stream = await Promise.race([opening, late])
    // A guest may cut the connection at any time, also when nobody waits for anything any more.
    stream.on('error', () => stream.destroy())
    return stream
  } catch (error) {
    // Whatever still comes of it is not wanted any more.
    void opening.then(
      (stream) => stream.destroy(),
      () => {},
    )
    throw error
  } finally {
    clearTimeout(timer)
  }
}
