/** What the engine serves beside Kubernetes' own kinds: KubeVirt's, CDI's, and the subresources that act on machines. */

import type { ResourceDefinition } from '@berth/apiserver'
import type { CurrentConfiguration } from '../configuration/current.ts'
import type { HostCapabilities } from '@berth/hypervisor'
import type { EngineServices } from '../services.ts'
import { snapshotDefinitions } from '../snapshots/definitions.ts'
import { templateDefinitions } from '../templates/definitions.ts'
import { templateSubresources } from '../templates/subresources.ts'
import { virtualSubresources } from '../subresources/virtual-resources.ts'
import { backupDefinitions } from '../backups/definitions.ts'
import { berthDefinitions } from './berth.ts'
import { dataVolumeDefinitions } from './data-volumes.ts'
import { groupDefinitions } from './groups.ts'
import { hostAbilities } from './host-abilities.ts'
import { instanceDefinition } from './instances.ts'
import { instancetypeDefinitions } from './instancetypes.ts'
import { kubeVirtDefinition } from './kubevirts.ts'
import { machineDefinition } from './machines.ts'

export interface DefinitionOptions {
  /** Known only once the server runs; nothing may call it before the first request. */
  services: () => EngineServices
  capabilities: HostCapabilities
  configuration: CurrentConfiguration
  hostDiskFolders: readonly string[]
}

export function machineDefinitions(options: DefinitionOptions): ResourceDefinition[] {
  const { services, capabilities, configuration } = options
  const host = hostAbilities(capabilities, options.hostDiskFolders)
  return [
    machineDefinition({ host, configuration, services }),
    instanceDefinition({ host, configuration, services }),
    kubeVirtDefinition({ host, services }),
    ...groupDefinitions({ host, configuration, services }),
    ...instancetypeDefinitions(),
    ...dataVolumeDefinitions({ host, services }),
    ...backupDefinitions({ configuration, services }),
    ...berthDefinitions(),
    ...snapshotDefinitions({ configuration, services }),
    ...templateDefinitions({ configuration, services }),
    templateSubresources({ configuration, services }),
    ...virtualSubresources(services),
  ]
}
