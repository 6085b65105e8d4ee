/** What this host adds to Kubernetes' own kinds: no containers, no service routing, claims of the local class only. */

import { unhonoured, type HostAbilities } from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import type { PersistentVolumeClaim, StorageClass } from '@berth/kube'
import { isJsonObject, StatusError, type KubeObject } from '@berth/meta'
import { claimProtection, requestedBytes } from '../volumes/claim-volume.ts'
import { localProvisioner, parameterCauses } from '../volumes/storage-class.ts'
import { isEngine } from './who.ts'

const host: HostAbilities = { architecture: 'amd64', uefi: false, hostDiskDirectories: [] }

interface HostStorage {
  /** Names of those on this host. */
  storages: readonly string[]
  /** Undefined of a class that is not there. */
  storageClass: (name: string) => Promise<StorageClass | undefined>
}

const extras = ({
  storages,
  storageClass: classOf,
}: HostStorage): Record<string, Pick<ResourceRules, 'default' | 'validate'>> => ({
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
    async validate(claim, previous, { user }) {
      if (previous !== undefined) {
        await refuseGrowth(claim, previous, classOf)
        return []
      }
      return isEngine(user) || !isJsonObject(claim['spec'])
        ? []
        : unhonoured('PersistentVolumeClaim', claim['spec'], host)
    },
  },
})

/** In the words of Kubernetes' admission plugin PersistentVolumeClaimResize. @throws {StatusError} Forbidden */
async function refuseGrowth(
  claim: KubeObject,
  previous: KubeObject,
  classOf: HostStorage['storageClass'],
): Promise<void> {
  const [after, before] = [claim, previous].map((each) => requestedBytes(each as PersistentVolumeClaim)) // the schema has vouched for it
  if (after === undefined || before === undefined || after <= before) return
  const { storageClassName = '' } = (previous as PersistentVolumeClaim).spec // as above
  const found = await classOf(storageClassName)
  if (found?.allowVolumeExpansion === true) return
  const { name = '' } = claim.metadata
  throw new StatusError(
    'Forbidden',
    `persistentvolumeclaims "${name}" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize`,
    { details: { name, kind: 'persistentvolumeclaims' } },
  )
}

export function withHostRules(storage: HostStorage): (definition: ResourceDefinition) => ResourceDefinition {
  const rules = extras(storage)
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
