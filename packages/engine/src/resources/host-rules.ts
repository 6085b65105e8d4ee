/** What this host adds to Kubernetes' own kinds: no containers, no service routing, claims of the local class only. */

import { unhonoured, type HostAbilities } from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import { isJsonObject } from '@berth/meta'
import { claimProtection } from '../volumes/claim-controller.ts'
import { localClass } from '../volumes/storage-class.ts'
import { isEngine } from './who.ts'

const host: HostAbilities = { architecture: 'amd64', uefi: false, hostDiskDirectories: [] }

const extras: Record<string, Pick<ResourceRules, 'default' | 'validate'>> = {
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
      spec['storageClassName'] ??= localClass
      const held = claim.metadata.finalizers ?? []
      if (!held.includes(claimProtection)) claim.metadata.finalizers = [...held, claimProtection]
    },
    validate: (claim, previous, { user }) =>
      previous !== undefined || isEngine(user) || !isJsonObject(claim['spec'])
        ? []
        : unhonoured('PersistentVolumeClaim', claim['spec'], host),
  },
}

export function withHostRules(definition: ResourceDefinition): ResourceDefinition {
  const extra = extras[`${definition.group === '' ? 'core' : definition.group}/${definition.resource}`]
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
