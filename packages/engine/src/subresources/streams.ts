/**
 * Console, screen and port-forward: every check runs before the upgrade, so a refusal is an ordinary HTTP answer with the code
 * that clients depend on.
 */

import { pipeline, type Duplex } from 'node:stream'
import { checkConsole, checkPortForward, checkVnc, requireInstance } from '@berth/api'
import { DriverError } from '@berth/hypervisor'
import { badRequest, StatusError } from '@berth/meta'
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { findInstance, findInstanceIfAny, findMachine, runningDomain } from './instance-lookup.ts'

const protocol = 'plain.kubevirt.io'
/** Port-forward tunnels are often idle; pings keep middle boxes from cutting them (KubeVirt pings every second). */
const keepAliveMs = 1000

export function consoleSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const instance = await findInstance(services(), request)
      checkConsole(instance)
      const domain = runningDomain(services(), instance)
      requireUpgrade(request)
      return tunnel(await domain.openSerial())
    },
  }
}

export function vncSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const [action, ...more] = request.rest
      if (action === 'screenshot' && more.length === 0) return screenshot(services(), request)
      if (action !== undefined) throw badRequest(`vnc has no "${request.rest.join('/')}"`)
      const instance = await findInstance(services(), request)
      checkVnc(instance)
      const domain = runningDomain(services(), instance)
      requireUpgrade(request)
      try {
        return tunnel(await domain.openVnc({ preserve: request.query.get('preserveSession') === 'true' }))
      } catch (error) {
        if (!(error instanceof DriverError && error.code === 'WrongState')) throw error
        throw new StatusError('InternalError', 'Internal error occurred: Active VNC connection. Request denied.', {
          cause: error,
        })
      }
    },
  }
}

/** Failures of this one are a plain-text 500, as in KubeVirt. */
async function screenshot(services: EngineServices, request: SubresourceRequest): Promise<SubresourceAnswer> {
  try {
    const instance = await findInstance(services, request)
    checkVnc(instance)
    return { kind: 'bytes', contentType: 'image/png', body: await runningDomain(services, instance).screenshot() }
  } catch (error) {
    if (error instanceof DriverError || error instanceof StatusError)
      return { kind: 'text', code: 500, body: error.message }
    throw error
  }
}

export function portForwardSubresource(services: () => EngineServices, kind: 'machine' | 'instance'): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const instance =
        kind === 'instance'
          ? await findInstance(services(), request)
          : requireInstance(await findMachine(services(), request), await findInstanceIfAny(services(), request))
      checkPortForward(instance)
      const port = portOf(request.rest)
      const domain = runningDomain(services(), instance)
      requireUpgrade(request)
      try {
        return tunnel(await domain.dial(port), keepAliveMs)
      } catch (error) {
        if (!(error instanceof DriverError)) throw error
        throw new StatusError('InternalError', `Internal error occurred: dialing VM: ${error.message}`, {
          cause: error,
        })
      }
    },
  }
}

function portOf(rest: readonly string[]): number {
  const [text = '', transport = 'tcp', ...more] = rest
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535 || more.length > 0)
    throw badRequest(`"${rest.join('/')}" is not a port`)
  if (transport !== 'tcp') throw badRequest(`the embedded engine forwards tcp only, not ${transport}`)
  return port
}

function requireUpgrade(request: SubresourceRequest): void {
  if (!request.upgrade) throw badRequest('this is a WebSocket endpoint; connect with sub-protocol plain.kubevirt.io')
}

function tunnel(machine: Duplex, pingMs?: number): SubresourceAnswer {
  return {
    kind: 'upgrade',
    protocol,
    ...(pingMs === undefined ? {} : { keepAliveMs: pingMs }),
    open(channel) {
      pipeline(channel, machine, () => machine.destroy())
      // A machine that cuts its side (a newer session took over) cuts the client's; one that ends it closes in order.
      pipeline(machine, channel, (error) => {
        if (error !== undefined && error !== null) channel.destroy()
      })
    },
  }
}
