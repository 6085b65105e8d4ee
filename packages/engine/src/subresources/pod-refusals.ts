/** What is done to launcher pods: they are evicted; the rest cannot be done, which is said at once and clearly. */

import { StatusError } from '@berth/meta'
import type { Subresource } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { evictionSubresource } from './eviction.ts'

export function podRefusals(services: () => EngineServices): Record<string, Subresource> {
  return {
    exec: refused('exec'),
    attach: refused('attach'),
    portforward: refused('port-forward'),
    eviction: evictionSubresource(services),
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
