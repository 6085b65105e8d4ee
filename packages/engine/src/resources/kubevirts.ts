/** The KubeVirt resource: the configuration of the installation, of which there is one. */

import {
  denied,
  deniedPlainly,
  ineffectiveSettings,
  kubeVirts,
  kubeVirtWarnings,
  notHonoured,
  replicaSets,
  resources,
  unhonoured,
  validateKubeVirt,
  virtualMachineInstances,
  virtualMachines,
  type HostAbilities,
  type KubeVirt,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { deepEqual, type KubeObject, type Resource } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { typed } from './typed.ts'
import { allSchemas } from './schemas.ts'
import { isEngine } from './who.ts'

const { createValidator, updateValidator } = resources.kubeVirt.webhooks
const deleteValidator = 'kubevirt-validator.kubevirt.io'

export function kubeVirtDefinition({
  host,
  services,
}: {
  host: HostAbilities
  services: () => EngineServices
}): ResourceDefinition {
  return {
    ...typed(resources.kubeVirt, allSchemas),
    rules: {
      async validate(object, previousObject, context) {
        // The schema has vouched for the shape.
        const resource = object as unknown as KubeVirt
        const previous = previousObject as unknown as KubeVirt | undefined
        if (previous === undefined && !isEngine(context.user)) {
          const { items } = await services().client.list(kubeVirts)
          if (items.length > 0) throw deniedPlainly(createValidator, 'Kubevirt is already created')
        }
        if (deepEqual(resource.spec, previous?.spec)) return []
        const causes = validateKubeVirt(resource, previous)
        if (causes.length > 0) throw denied(updateValidator, causes)
        const ignored = unhonoured('KubeVirt', resource.spec, host)
        if (ignored.length > 0) throw notHonoured(updateValidator, ignored)
        const warnings = [
          ...kubeVirtWarnings(resource, previous),
          ...ineffectiveSettings(resource.spec, previous?.spec),
        ]
        for (const warning of warnings) context.warn(warning)
        return []
      },
      async beforeDelete(object) {
        const { spec } = object as unknown as KubeVirt
        if (spec.uninstallStrategy === 'BlockUninstallIfWorkloadsExist') await refuseWhileInUse(services())
        throw deniedPlainly(
          deleteValidator,
          'the embedded engine is this installation and is not uninstalled through its own API; stop it with `berth down`, and remove its data directory to remove everything',
        )
      },
    },
  }
}

async function refuseWhileInUse({ client }: EngineServices): Promise<void> {
  const workloads: [Resource<KubeObject>, string][] = [
    [virtualMachineInstances, 'Virtual Machine Instances'],
    [virtualMachines, 'Virtual Machines'],
    [replicaSets, 'Virtual Machine Instance Replica Sets'],
  ]
  for (const [resource, name] of workloads) {
    const { items } = await client.list(resource, { limit: 1 })
    if (items.length === 0) continue
    throw deniedPlainly(
      deleteValidator,
      `Rejecting the uninstall request, since there are still ${name} present. Either delete all KubeVirt related workloads or change the uninstall strategy before uninstalling KubeVirt.`,
    )
  }
}
