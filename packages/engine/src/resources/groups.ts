/** Kinds that hold several machines, and those that change or move them. */

import {
  denied,
  deniedPlainly,
  finalizers,
  migrations,
  migrationSelectorLabel,
  notHonoured,
  resources,
  unhonoured,
  validateMigrationCreate,
  validateMigrationPolicy,
  validateMigrationUpdate,
  validatePool,
  validatePreset,
  validateReplicaSet,
  virtualMachineInstances,
  type DataVolumeSpec,
  type HonouredKind,
  type HostAbilities,
  type MigrationPolicy,
  type VirtualMachineInstanceMigration,
  type VirtualMachineInstancePreset,
  type VirtualMachineInstanceReplicaSet,
  type VirtualMachinePool,
} from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import { deepEqual, isJsonObject, unlessMissing, type Json, type StatusCause } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'
import type { EngineServices } from '../services.ts'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'
import { isEngine } from './who.ts'
import { disksIn, noteAsker } from '../volumes/asker.ts'
import { requireCloneRights } from '../volumes/clone-rights.ts'

export interface GroupOptions {
  host: HostAbilities
  configuration: CurrentConfiguration
  services: () => EngineServices
}

const { virtualMachineInstanceReplicaSet, virtualMachinePool, virtualMachineInstancePreset } = resources
const { virtualMachineInstanceMigration, migrationPolicy } = resources

export function groupDefinitions(options: GroupOptions): ResourceDefinition[] {
  return [
    { ...typed(virtualMachineInstanceReplicaSet, allSchemas), rules: replicaSetRules(options) },
    { ...typed(virtualMachinePool, allSchemas), rules: poolRules(options) },
    { ...typed(virtualMachineInstancePreset, allSchemas), rules: presetRules },
    { ...typed(virtualMachineInstanceMigration, allSchemas), rules: migrationRules(options) },
    { ...typed(migrationPolicy, allSchemas), rules: policyRules(options) },
  ]
}

// In all rules below: the schema has vouched for the shape of the objects.

function replicaSetRules({ host, configuration }: GroupOptions): ResourceRules {
  const { createValidator } = virtualMachineInstanceReplicaSet.webhooks
  return {
    default: (object) => void completeTemplate(object['spec'], 'template', { domain: { devices: {} } }),
    validate(object, previous) {
      if (deepEqual(object['spec'], previous?.['spec'])) return []
      const set = object as unknown as VirtualMachineInstanceReplicaSet
      refuse(createValidator, validateReplicaSet(set, { configuration: configuration.get(), ...hostDisks(host) }))
      refuseIgnored(createValidator, 'VirtualMachineInstance', {
        host,
        spec: set.spec.template.spec,
        at: 'spec.template.spec',
      })
      return []
    },
  }
}

function poolRules({ host, configuration, services }: GroupOptions): ResourceRules {
  const { createValidator } = virtualMachinePool.webhooks
  const at = 'spec.virtualMachineTemplate.spec'
  return {
    default(object, previous, { user }) {
      const machine = completeTemplate(object['spec'], 'virtualMachineTemplate', {})
      completeTemplate(machine, 'template', { domain: { devices: {} } })
      noteAsker(object, previous, { user, disks: disksOf(object), before: disksOf(previous) })
    },
    async validate(object, previous, { user, namespace = '' }) {
      if (deepEqual(object['spec'], previous?.['spec'])) return []
      const pool = object as unknown as VirtualMachinePool
      const causes = validatePool(pool, {
        configuration: configuration.get(),
        ...hostDisks(host),
        trusted: isEngine(user),
        previous: previous as unknown as VirtualMachinePool | undefined,
      })
      refuse(createValidator, causes)
      refuseIgnored(createValidator, 'VirtualMachine', { host, spec: pool.spec.virtualMachineTemplate.spec, at })
      if (!isEngine(user)) await requireCloneRights(services().client, user, { namespace, disks: disksOf(object) })
      return []
    },
  }
}

/** The disks that a pool's machines make; the schema has vouched for the shape, and lets some of it be left out. */
function disksOf(object: object | undefined): DataVolumeSpec[] {
  const pool: { spec?: Partial<VirtualMachinePool['spec']> } | undefined = object
  const template: { spec?: VirtualMachinePool['spec']['virtualMachineTemplate']['spec'] } | undefined =
    pool?.spec?.virtualMachineTemplate
  return disksIn(template?.spec?.dataVolumeTemplates)
}

/** The schema lets a template leave its spec out; KubeVirt reads that as an empty one. @returns the template's spec */
function completeTemplate(spec: Json | undefined, member: string, empty: Json): Json | undefined {
  const template = isJsonObject(spec) ? spec[member] : undefined
  return isJsonObject(template) ? (template['spec'] ??= empty) : undefined
}

const presetRules: ResourceRules = {
  validate(object) {
    const preset = object as unknown as VirtualMachineInstancePreset
    refuse(virtualMachineInstancePreset.webhooks.createValidator, validatePreset(preset))
    return []
  },
}

function migrationRules({ configuration, services }: GroupOptions): ResourceRules {
  const { createValidator, updateValidator } = virtualMachineInstanceMigration.webhooks
  return {
    default(object, previous) {
      if (previous !== undefined) return
      const { metadata, spec } = object as unknown as VirtualMachineInstanceMigration
      // The schema is asked only after this.
      const vmiName: unknown = spec.vmiName
      const selected = typeof vmiName === 'string' ? vmiName : ''
      metadata.labels = { ...metadata.labels, [migrationSelectorLabel]: selected }
      const held = metadata.finalizers ?? []
      if (!held.includes(finalizers.migration)) metadata.finalizers = [...held, finalizers.migration]
    },
    async validate(object, previous, { user, namespace = '' }) {
      const migration = object as unknown as VirtualMachineInstanceMigration
      if (previous !== undefined) {
        const before = previous as unknown as VirtualMachineInstanceMigration
        refuse(updateValidator, validateMigrationUpdate(migration, before))
        return []
      }
      const { vmiName = '' } = migration.spec
      const { client } = services()
      const refusal = validateMigrationCreate(migration, {
        configuration: configuration.get(),
        trusted: isEngine(user),
        instance:
          vmiName === ''
            ? undefined
            : await unlessMissing(services().client.get(virtualMachineInstances, { namespace, name: vmiName })),
        others: (await client.list(migrations, { namespace })).items.filter(({ spec }) => spec.vmiName === vmiName),
      })
      if (refusal?.kind === 'causes') throw denied(createValidator, refusal.causes)
      // An instance that has not said yet whether it can move cannot: there is nowhere to move to.
      throw deniedPlainly(createValidator, refusal?.message ?? noOtherHost)
    },
  }
}

const noOtherHost =
  'Cannot migrate VMI, Reason: HostNotLiveMigratable, Message: machines of the embedded engine do not move between hosts'

function policyRules({ configuration }: GroupOptions): ResourceRules {
  return {
    validate(object, previous, context) {
      const causes = validateMigrationPolicy(object as unknown as MigrationPolicy, {
        configuration: configuration.get(),
        previous: previous as unknown as MigrationPolicy | undefined,
      })
      refuse(migrationPolicy.webhooks.createValidator, causes)
      if (previous === undefined)
        context.warn('machines of the embedded engine do not move between hosts, so a policy for that has no effect')
      return []
    },
  }
}

function refuse(webhook: string, causes: StatusCause[]): void {
  if (causes.length > 0) throw denied(webhook, causes)
}

/** What the template holds that its machines could not be. */
function refuseIgnored(
  webhook: string,
  kind: HonouredKind,
  { host, spec, at }: { host: HostAbilities; spec: object; at: string },
): void {
  const causes = unhonoured(kind, spec, host).map((cause) => ({
    ...cause,
    ...(cause.field === undefined ? {} : { field: cause.field.replace(/^spec\b/, at) }),
  }))
  if (causes.length > 0) throw notHonoured(webhook, causes)
}

function hostDisks({ hostDiskDirectories }: HostAbilities): { hostDisks: boolean } {
  return { hostDisks: hostDiskDirectories.length > 0 }
}
