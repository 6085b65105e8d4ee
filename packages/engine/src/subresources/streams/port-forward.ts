/** A port of the guest over a WebSocket: TCP as bytes, UDP as one message per datagram. */

import { checkPortForward, requireInstance } from '@berth/api'
import type { Subresource } from '@berth/apiserver'
import { DriverError } from '@berth/hypervisor'
import { badRequest, StatusError } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { findInstance, findInstanceIfAny, findMachine, runningDomain } from '../instance-lookup.ts'
import { requireUpgrade, tunnel } from './tunnel.ts'

/** Port-forward tunnels are often idle; pings keep middle boxes from cutting them (KubeVirt pings every second). */
const keepAliveMs = 1000

export function portForwardSubresource(services: () => EngineServices, kind: 'machine' | 'instance'): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const instance =
        kind === 'instance'
          ? await findInstance(services(), request)
          : requireInstance(await findMachine(services(), request), await findInstanceIfAny(services(), request))
      checkPortForward(instance)
      const { port, protocol } = portOf(request.rest)
      const domain = runningDomain(services(), instance)
      requireUpgrade(request)
      try {
        return tunnel(await domain.dial(port, protocol), {
          keepAliveMs,
          messages: protocol === 'udp',
          count: () => services().sessions.enter('portforward', instance),
        })
      } catch (error) {
        if (!(error instanceof DriverError)) throw error
        throw new StatusError('InternalError', `Internal error occurred: dialing VM: ${error.message}`, {
          cause: error,
        })
      }
    },
  }
}

function portOf(rest: readonly string[]): { port: number; protocol: 'tcp' | 'udp' } {
  const [text = '', protocol = 'tcp', ...more] = rest
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535 || more.length > 0)
    throw badRequest(`"${rest.join('/')}" is not a port`)
  if (protocol !== 'tcp' && protocol !== 'udp') throw badRequest(`"${protocol}" is neither tcp nor udp`)
  return { port, protocol }
}
