/** The group subresources.kubevirt.io: paths that act on machines, and the few that name none. */

import { subresourceGroup } from '@berth/api'
import type { ResourceDefinition, Subresource } from '@berth/apiserver'
import { memoryDumpSubresource, removeMemoryDumpSubresource } from '../memory-dump/subresources.ts'
import type { EngineServices } from '../services.ts'
import { aboutDefinitions } from './about.ts'
import { expandMachineDefinition, expandSpecSubresource } from './expand.ts'
import { filesystemList, guestListSubresource, guestOsInfo, userList } from './guest-lists.ts'
import { instanceActionSubresource } from './instance-actions.ts'
import { restartSubresource, startSubresource, stopSubresource } from './lifecycle.ts'
import { evacuateSubresource, migrateSubresource } from './migrate.ts'
import { absentGroups, refusedOnInstances } from './not-here.ts'
import { objectGraphSubresource } from './object-graph.ts'
import { subresourceVersions } from './versions.ts'
import { volumeSubresource } from './volumes.ts'
import { deviceSubresource } from './streams/device-stream.ts'
import { serialConsole, usbRedirection } from './streams/devices.ts'
import { portForwardSubresource } from './streams/port-forward.ts'
import { vncSubresource } from './streams/screen.ts'
import { vsockSubresource } from './streams/vsock.ts'

export function virtualSubresources(services: () => EngineServices): ResourceDefinition[] {
  return [
    definition({
      kind: 'VirtualMachine',
      resource: 'virtualmachines',
      subresources: {
        start: startSubresource(services),
        stop: stopSubresource(services),
        restart: restartSubresource(services),
        migrate: migrateSubresource(services),
        evacuate: evacuateSubresource(services, 'machine'),
        'expand-spec': expandSpecSubresource(services),
        portforward: portForwardSubresource(services, 'machine'),
        objectgraph: objectGraphSubresource(services, 'machine'),
        addvolume: volumeSubresource(services, 'add', 'machine'),
        removevolume: volumeSubresource(services, 'remove', 'machine'),
        memorydump: memoryDumpSubresource(services),
        removememorydump: removeMemoryDumpSubresource(services),
      },
    }),
    definition({
      kind: 'VirtualMachineInstance',
      resource: 'virtualmachineinstances',
      subresources: {
        pause: instanceActionSubresource(services, 'pause'),
        unpause: instanceActionSubresource(services, 'unpause'),
        reset: instanceActionSubresource(services, 'reset'),
        softreboot: instanceActionSubresource(services, 'softreboot'),
        freeze: instanceActionSubresource(services, 'freeze'),
        unfreeze: instanceActionSubresource(services, 'unfreeze'),
        evacuate: evacuateSubresource(services, 'instance'),
        console: deviceSubresource(services, serialConsole),
        vnc: vncSubresource(services),
        usbredir: deviceSubresource(services, usbRedirection),
        vsock: vsockSubresource(services),
        portforward: portForwardSubresource(services, 'instance'),
        guestosinfo: guestListSubresource(services, guestOsInfo),
        userlist: guestListSubresource(services, userList),
        filesystemlist: guestListSubresource(services, filesystemList),
        objectgraph: objectGraphSubresource(services, 'instance'),
        addvolume: volumeSubresource(services, 'add', 'instance'),
        removevolume: volumeSubresource(services, 'remove', 'instance'),
        ...refusedOnInstances,
      },
    }),
    expandMachineDefinition(services),
    ...aboutDefinitions(),
  ]
}

/** The group presents itself under a name without the s; `virtctl version` looks for its versions there. */
export const subresourcePresentation = {
  ...absentGroups,
  [subresourceGroup]: { name: 'subresource.kubevirt.io' },
}

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
