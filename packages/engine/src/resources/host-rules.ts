/** What this host adds to Kubernetes' own kinds: no containers, no service routing, claims of the local class only. */

import { unhonoured, type HostAbilities } from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import { isJsonObject } from '@berth/meta'
import { claimProtection } from '../volumes/claim-volume.ts'
import { localProvisioner, parameterCauses } from '../volumes/storage-class.ts'
import { isEngine } from './who.ts'

const host: HostAbilities = { architecture: 'amd64', uefi: false, hostDiskDirectories: [] }

const extras = (storages: readonly string[]): Record<string, Pick<ResourceRules, 'default' | 'validate'>> => ({
  'storage.k8s.io/storageclasses': {
    validate: (storageClass, previous) =>
      previous !== undefined || storageClass['provisioner'] !== localProvisioner
        ? []
        : parameterCauses(isJsonObject(storageClass['parameters']) ? storageClass['parameters'] : {}, storages),
  },
  'core/pods': {
    validate: (_pod, previous, { user }) =>
      previous !== undefined || isEngine(user)
        ? []
        : [
            {
              reason: 'FieldValueForbidden',
              field: 'spec',
              message: 'the embedded engine runs virtual machines, not containers; create a VirtualMachine',
            },
          ],
  },
  'core/services': {
    validate: (_service, previous, context) => {
      if (previous === undefined)
        context.warn(
          'the embedded engine does not route service traffic yet; reach a guest with `berth vm port-forward`',
        )
      return []
    },
  },
  'core/persistentvolumeclaims': {
    default: (claim, previous) => {
      const { spec } = claim
      if (previous !== undefined || !isJsonObject(spec)) return
      const held = claim.metadata.finalizers ?? []
      if (!held.includes(claimProtection)) claim.metadata.finalizers = [...held, claimProtection]
    },
    validate: (claim, previous, { user }) =>
      previous !== undefined || isEngine(user) || !isJsonObject(claim['spec'])
        ? []
        : unhonoured('PersistentVolumeClaim', claim['spec'], host),
  },
})

/** @param storages names of those on this host */
export function withHostRules(storages: readonly string[]): (definition: ResourceDefinition) => ResourceDefinition {
  const rules = extras(storages)
  return (definition) => withRules(definition, rules)
}

function withRules(definition: ResourceDefinition, all: ReturnType<typeof extras>): ResourceDefinition {
  const extra = all[`${definition.group === '' ? 'core' : definition.group}/${definition.resource}`]
  if (extra === undefined) return definition
  const { rules = {} } = definition
  return {
    ...definition,
    rules: {
      ...rules,
      async default(object, previous, context) {
        await extra.default?.(object, previous, context)
        await rules.default?.(object, previous, context)
      },
      async validate(object, previous, context) {
        const causes = (await rules.validate?.(object, previous, context)) ?? []
        return [...causes, ...((await extra.validate?.(object, previous, context)) ?? [])]
      },
    },
  }
}
