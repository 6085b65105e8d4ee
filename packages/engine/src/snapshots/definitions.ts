/** The kinds of snapshots, restores and clones with their rules. */

import {
  defaultClone,
  denied,
  deniedPlainly,
  resources,
  validateClone,
  validateRestore,
  validateRestoreUpdate,
  validateSnapshot,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  type VirtualMachineClone,
  type VirtualMachineRestore,
  type VirtualMachineSnapshot,
} from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import { deepEqual, isJsonObject, unlessMissing, type StatusCause } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { allSchemas } from '../resources/schemas.ts'
import { typed } from '../resources/typed.ts'
import { isEngine } from '../resources/who.ts'
import type { EngineServices } from '../services.ts'
import { secureRandom } from '../templates/secure-random.ts'
import { volumeSnapshotDefinitions } from './volume-snapshot-definitions.ts'

export interface SnapshotOptions {
  configuration: CurrentConfiguration
  services: () => EngineServices
}

const { virtualMachineSnapshot, virtualMachineSnapshotContent, virtualMachineRestore, virtualMachineClone } = resources

export function snapshotDefinitions(options: SnapshotOptions): ResourceDefinition[] {
  return [
    { ...typed(virtualMachineSnapshot, allSchemas), rules: snapshotRules(options) },
    { ...typed(virtualMachineSnapshotContent, allSchemas), rules: contentRules },
    { ...typed(virtualMachineRestore, allSchemas), rules: restoreRules(options) },
    { ...typed(virtualMachineClone, allSchemas), rules: cloneRules(options) },
    ...volumeSnapshotDefinitions(),
  ]
}

// In all rules below: the schema has vouched for the shape of the objects.

function snapshotRules(options: SnapshotOptions): ResourceRules {
  const { createValidator } = virtualMachineSnapshot.webhooks
  return {
    validate(object, previous) {
      if (previous === undefined) requireGate(options, createValidator, 'snapshot feature gate not enabled')
      const snapshot = object as unknown as VirtualMachineSnapshot
      refuse(createValidator, validateSnapshot(snapshot, previous as unknown as VirtualMachineSnapshot | undefined))
      return []
    },
  }
}

/** A restore makes what a content says with the engine's rights, so nobody else may say it. */
const contentRules: ResourceRules = {
  validate(object, previous, { user }): StatusCause[] {
    if (isEngine(user) || deepEqual(object['spec'], previous?.['spec'])) return []
    const message = 'contents are made by the engine: create a VirtualMachineSnapshot'
    return [{ reason: 'FieldValueForbidden', field: 'spec', message }]
  },
}

function restoreRules(options: SnapshotOptions): ResourceRules {
  const { createValidator, updateValidator } = virtualMachineRestore.webhooks
  return {
    async validate(object, previous, { namespace = '' }) {
      const restore = object as unknown as VirtualMachineRestore
      if (previous !== undefined) {
        refuse(updateValidator, validateRestoreUpdate(restore, previous as unknown as VirtualMachineRestore))
        return []
      }
      requireGate(options, createValidator, 'Snapshot/Restore feature gate not enabled')
      const found = await around(restore, namespace, options.services())
      const refusal = validateRestore(restore, found)
      if ('plain' in refusal) throw deniedPlainly(createValidator, refusal.plain)
      refuse(createValidator, refusal)
      return []
    },
  }
}

/** Read from the server: of two restores of one machine that come together, the second must see the first. */
async function around(restore: VirtualMachineRestore, namespace: string, { client }: EngineServices) {
  const { target, virtualMachineSnapshotName } = restore.spec
  const snapshot = await unlessMissing(
    client.get(virtualMachineSnapshots, { namespace, name: virtualMachineSnapshotName }),
  )
  const contentName = snapshot?.status?.virtualMachineSnapshotContentName
  return {
    snapshot,
    content:
      contentName === undefined
        ? undefined
        : await unlessMissing(client.get(virtualMachineSnapshotContents, { namespace, name: contentName })),
    target:
      target.name === ''
        ? undefined
        : await unlessMissing(client.get(virtualMachines, { namespace, name: target.name })),
    others: (await client.list(virtualMachineRestores, { namespace })).items,
  }
}

const nameTail = 5

function cloneRules(options: SnapshotOptions): ResourceRules {
  const { createValidator, updateValidator } = virtualMachineClone.webhooks
  return {
    default(object, previous) {
      // The schema is asked only after this.
      const { spec } = object
      if (previous !== undefined || !isJsonObject(spec) || !isJsonObject(spec['source'])) return
      defaultClone(object as unknown as VirtualMachineClone, secureTail())
    },
    validate(object, previous) {
      if (previous === undefined) requireGate(options, createValidator, 'snapshot feature gate is not enabled')
      const before = previous?.['spec']
      if (previous !== undefined && !deepEqual(before, object['spec'])) {
        const message = 'spec is immutable: what a clone is made of is fixed when it begins'
        throw denied(updateValidator, [{ reason: 'FieldValueInvalid', field: 'spec', message }])
      }
      if (previous === undefined) refuse(createValidator, validateClone(object as unknown as VirtualMachineClone))
      return []
    },
  }
}

function secureTail(): string {
  return Array.from({ length: nameTail }, () => Math.floor(secureRandom() * 36).toString(36)).join('')
}

/** @throws {StatusError} in the words of KubeVirt's webhook, while the feature gate is off */
function requireGate({ configuration }: SnapshotOptions, webhook: string, words: string): void {
  if (!configuration.get().enabled('Snapshot')) throw deniedPlainly(webhook, words)
}

function refuse(webhook: string, causes: StatusCause[]): void {
  if (causes.length > 0) throw denied(webhook, causes)
}
