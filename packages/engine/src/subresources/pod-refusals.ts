/** What cannot be done to a launcher pod, said at once and clearly. Eviction shuts the machine down, as KubeVirt does for `None`. */

import { StatusError } from '@berth/meta'
import { pods } from '@berth/kube'
import type { Subresource } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'

export function podRefusals(services: () => EngineServices): Record<string, Subresource> {
  return {
    exec: refused('exec'),
    attach: refused('attach'),
    portforward: refused('port-forward'),
    eviction: {
      methods: ['POST'],
      kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      async handle(request) {
        if (!request.dryRun)
          await services().client.delete(pods, { namespace: request.namespace ?? '', name: request.name })
        return {
          kind: 'json',
          code: 201,
          body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
        }
      },
    },
  }
}

function refused(what: string): Subresource {
  return {
    methods: ['GET', 'POST'],
    async handle(request) {
      throw new StatusError(
        'MethodNotAllowed',
        `pod "${request.name}" stands for a virtual machine and has no container to ${what}; use \`berth vm console\`, \`berth vm ssh\` or \`berth vm port-forward\``,
      )
    },
  }
}
