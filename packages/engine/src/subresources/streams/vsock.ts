/** A port of the guest on the host's AF_VSOCK sockets. */

import { checkVsock } from '@berth/api'
import type { Subresource } from '@berth/apiserver'
import { StatusError } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { findInstance, runningDomain } from '../instance-lookup.ts'

export function vsockSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const instance = await findInstance(services(), request)
      checkVsock(instance)
      runningDomain(services(), instance)
      // Node.js has no such sockets, and a helper process per connection would run with the engine's rights.
      throw new StatusError(
        'InternalError',
        'Internal error occurred: the embedded engine opens no vsock connections; connect on the host itself to the address in status.VSOCKCID (socat - VSOCK-CONNECT:CID:PORT), or use port-forward',
      )
    },
  }
}
