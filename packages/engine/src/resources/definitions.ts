/** Every resource the engine serves: Kubernetes' own, KubeVirt's, CDI's, and the subresources that act on machines. */

import {
  accessReviews,
  coreDefinitions,
  coreSchemas,
  identityReviews,
  rbacResources,
  tokenRequest,
  type RbacAuthorizer,
  type ResourceDefinition,
  type ServiceAccountTokens,
  type Store,
} from '@berth/apiserver'
import type { HostAbilities } from '@berth/api'
import type { HostCapabilities } from '@berth/hypervisor'
import type { EngineServices } from '../services.ts'
import { podLogSubresource } from '../subresources/pod-log.ts'
import { podRefusals } from '../subresources/pod-refusals.ts'
import { virtualSubresources } from '../subresources/virtual-resources.ts'
import { dataVolumeDefinitions } from './data-volumes.ts'
import { instanceDefinition } from './instances.ts'
import { kubeVirtDefinition } from './kubevirts.ts'
import { machineDefinition } from './machines.ts'
import { withHostRules } from './host-rules.ts'

export { allSchemas } from './schemas.ts'

export interface DefinitionOptions {
  store: Store
  authorizer: RbacAuthorizer
  tokens: ServiceAccountTokens
  /** Known only once the server runs; nothing may call it before the first request. */
  services: () => EngineServices
  capabilities: HostCapabilities
  hostDiskFolders: readonly string[]
}

export function allDefinitions(options: DefinitionOptions): ResourceDefinition[] {
  const { store, authorizer, tokens, services, capabilities } = options
  const host: HostAbilities = {
    architecture: capabilities.architecture,
    uefi: capabilities.uefi !== undefined,
    machineTypes: capabilities.machineTypes,
    hostDiskDirectories: options.hostDiskFolders,
  }
  const core = coreDefinitions({
    schemas: coreSchemas,
    store,
    podSubresources: { log: podLogSubresource(services), ...podRefusals(services) },
    serviceAccountToken: tokenRequest({ tokens, store }),
  })
  return [
    ...core.map(withHostRules),
    ...rbacResources(coreSchemas, authorizer),
    ...accessReviews(coreSchemas, authorizer),
    ...identityReviews(coreSchemas, tokens),
    machineDefinition(host),
    instanceDefinition(host),
    kubeVirtDefinition(),
    ...dataVolumeDefinitions(host),
    ...virtualSubresources(services),
  ]
}
