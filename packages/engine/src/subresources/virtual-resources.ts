/** The group subresources.kubevirt.io: paths that act on machines, and the few that name none. */

import { subresourceGroup } from '@berth/api'
import type { ResourceDefinition, Subresource } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { aboutDefinitions } from './about.ts'
import { filesystemList, guestListSubresource, guestOsInfo, userList } from './guest-lists.ts'
import {
  pauseSubresource,
  resetSubresource,
  restartSubresource,
  softRebootSubresource,
  startSubresource,
  stopSubresource,
  unpauseSubresource,
} from './lifecycle.ts'
import { subresourceVersions } from './versions.ts'
import { consoleSubresource, portForwardSubresource, vncSubresource } from './streams.ts'

export function virtualSubresources(services: () => EngineServices): ResourceDefinition[] {
  return [
    definition({
      kind: 'VirtualMachine',
      resource: 'virtualmachines',
      subresources: {
        start: startSubresource(services),
        stop: stopSubresource(services),
        restart: restartSubresource(services),
        portforward: portForwardSubresource(services, 'machine'),
      },
    }),
    definition({
      kind: 'VirtualMachineInstance',
      resource: 'virtualmachineinstances',
      subresources: {
        pause: pauseSubresource(services),
        unpause: unpauseSubresource(services),
        reset: resetSubresource(services),
        softreboot: softRebootSubresource(services),
        console: consoleSubresource(services),
        vnc: vncSubresource(services),
        portforward: portForwardSubresource(services, 'instance'),
        guestosinfo: guestListSubresource(services, guestOsInfo),
        userlist: guestListSubresource(services, userList),
        filesystemlist: guestListSubresource(services, filesystemList),
      },
    }),
    ...aboutDefinitions(),
  ]
}

/** The group presents itself under a name without the s; `virtctl version` looks for its versions there. */
export const subresourcePresentation = { [subresourceGroup]: { name: 'subresource.kubevirt.io' } }

function definition(parts: {
  kind: string
  resource: string
  subresources: Record<string, Subresource>
}): ResourceDefinition {
  return {
    group: subresourceGroup,
    versions: subresourceVersions,
    kind: parts.kind,
    resource: parts.resource,
    singular: parts.resource.slice(0, -1),
    namespaced: true,
    // The parents are stored under kubevirt.io; here there are only the paths below them.
    verbs: [],
    schemaName: `io.kubevirt.subresources.v1.${parts.kind}`,
    schema: { type: 'object' },
    subresources: parts.subresources,
  }
}
