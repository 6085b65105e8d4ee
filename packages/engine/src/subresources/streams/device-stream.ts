/** Console, screen and USB slots: a stream of a device, which lasts as long as its machine does unless a newer session takes it. */

import type { Duplex } from 'node:stream'
import type { VirtualMachineInstance } from '@berth/api'
import type { Subresource } from '@berth/apiserver'
import { DriverError, type Domain } from '@berth/hypervisor'
import { badRequest, StatusError } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { findInstance, runningDomain } from '../instance-lookup.ts'
import { endOf } from './ended.ts'
import type { SessionKind } from './sessions.ts'
import { requireUpgrade, tunnel } from './tunnel.ts'

export interface DeviceStream {
  kind: SessionKind
  /** @throws {StatusError} when the instance has no such device, or is in no state for it */
  check(this: void, instance: VirtualMachineInstance): void
  open(this: void, domain: Domain, query: URLSearchParams): Promise<Duplex>
  /** What KubeVirt says when the device is in use. */
  busy?: string
}

export function deviceSubresource(services: () => EngineServices, device: DeviceStream): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const instance = await findInstance(services(), request)
      device.check(instance)
      const domain = runningDomain(services(), instance)
      requireUpgrade(request)
      if (request.rest.length > 0) throw badRequest(`there is no "${request.rest.join('/')}" here`)
      const stream = await opened(device, domain, request.query)
      return tunnel(stream, {
        count: () => services().sessions.enter(device.kind, instance),
        whenEnded: () => endOf(services().driver, domain),
      })
    },
  }
}

async function opened({ open, busy }: DeviceStream, domain: Domain, query: URLSearchParams): Promise<Duplex> {
  try {
    return await open(domain, query)
  } catch (error) {
    // It ended since it was looked at: 400, on which clients that wait for a machine try again.
    if (!['running', 'paused'].includes(domain.status.state)) throw badRequest('VMI is not running')
    if (busy !== undefined && error instanceof DriverError && error.code === 'WrongState') {
      throw new StatusError(
        'InternalError',
        `Internal error occurred: Can't connect to websocket (503): websocket: bad handshake: application info: ${busy}`,
        { cause: error },
      )
    }
    throw error
  }
}
