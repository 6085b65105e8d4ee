/** VirtualMachines: declared from the table in packages/api, with its defaults and rules. */

import { randomUUID } from 'node:crypto'
import {
  admitMachine,
  admitVolumeRequests,
  annotations,
  applyPreferenceToMachine,
  defaultMachine,
  finalizers,
  machineWarnings,
  resolveMatchers,
  resources,
  type InferenceLookups,
  type References,
  type HostAbilities,
  virtualMachineInstances,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import type { RequestContext, ResourceDefinition } from '@berth/apiserver'
import { deepEqual, unlessMissing } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { imageLabels } from './image-labels.ts'
import { isEngine } from './who.ts'
import { allSchemas } from './schemas.ts'
import { findReferencesIfAny } from '../instancetypes/find.ts'
import { inferenceLookups } from '../instancetypes/inference-lookups.ts'
import type { EngineServices } from '../services.ts'
import { typed } from './typed.ts'
import { disksIn, noteAsker } from '../volumes/asker.ts'
import { requireCloneRights } from '../volumes/clone-rights.ts'

interface MachineOptions {
  host: HostAbilities
  configuration: CurrentConfiguration
  services: () => EngineServices
}

export function machineDefinition({ host, configuration, services }: MachineOptions): ResourceDefinition {
  return {
    ...typed(resources.virtualMachine, allSchemas),
    rules: {
      async default(object, previous, { user }) {
        // The schema has vouched for the shape.
        const machine = object as unknown as VirtualMachine
        const lookups = inferenceLookups(services().client, { user, namespace: machine.metadata.namespace ?? '' })
        await resolveReferences(machine, {
          previous: previous as unknown as VirtualMachine | undefined,
          services,
          lookups,
        })
        defaultMachine(machine, previous as unknown as VirtualMachine | undefined, {
          architecture: host.architecture,
          configuration: configuration.get(),
          imageLabels: await imageLabels(machine, lookups),
          uuid: randomUUID,
        })
        machine.metadata.annotations = {
          ...machine.metadata.annotations,
          [annotations.latestObservedVersion]: 'v1',
          [annotations.storageObservedVersion]: 'v1',
        }
        noteAsker(machine, previous, {
          user,
          disks: disksIn(machine.spec.dataVolumeTemplates),
          before: disksIn((previous as unknown as VirtualMachine | undefined)?.spec.dataVolumeTemplates),
        })
        const held = machine.metadata.finalizers ?? []
        if (previous === undefined && !held.includes(finalizers.machine)) {
          machine.metadata.finalizers = [...held, finalizers.machine]
        }
      },
      async validate(object, previous, context) {
        // As above.
        const machine = object as unknown as VirtualMachine
        admitMachine(machine, {
          host,
          configuration: configuration.get(),
          references: await referencesOf(machine, services),
          trusted: isEngine(context.user),
          previous: previous as unknown as VirtualMachine | undefined,
        })
        await checkVolumeRequests(machine, { host, configuration, services })
        await checkDisks(machine, { previous: previous as unknown as VirtualMachine | undefined, context, services })
        for (const warning of machineWarnings(machine)) context.warn(warning)
        return []
      },
      async validateStatus(object) {
        // As above.
        await checkVolumeRequests(object as unknown as VirtualMachine, { host, configuration, services })
        return []
      },
    },
  }
}

/** Disks are made by the engine, for who wrote the machine. */
async function checkDisks(
  { spec }: VirtualMachine,
  parts: { previous: VirtualMachine | undefined; context: RequestContext; services: () => EngineServices },
): Promise<void> {
  const { previous, services } = parts
  const { user, namespace = '' } = parts.context
  const templates = spec.dataVolumeTemplates ?? []
  if (templates.length === 0 || isEngine(user) || deepEqual(templates, previous?.spec.dataVolumeTemplates)) return
  await requireCloneRights(services().client, user, { namespace, disks: templates.map((template) => template.spec) })
}

async function checkVolumeRequests(
  machine: VirtualMachine,
  { host, configuration, services }: MachineOptions,
): Promise<void> {
  if ((machine.status?.volumeRequests ?? []).length === 0) return
  const instance = await liveInstanceOf(machine, services())
  admitVolumeRequests(machine, { host, configuration: configuration.get(), instance })
}

async function liveInstanceOf(
  { metadata, status }: Readonly<VirtualMachine>,
  { client }: EngineServices,
): Promise<VirtualMachineInstance | undefined> {
  if (status?.ready !== true) return undefined
  const { namespace = '', name = '' } = metadata
  const instance = await unlessMissing(client.get(virtualMachineInstances, { namespace, name }))
  return instance?.metadata.deletionTimestamp === undefined ? instance : undefined
}

/** What a machine refers to is looked up only where it refers to something. */
async function referencesOf(machine: Readonly<VirtualMachine>, services: () => EngineServices): Promise<References> {
  const { instancetype, preference } = machine.spec
  if (instancetype === undefined && preference === undefined) return {}
  return findReferencesIfAny(services().client, machine)
}

async function resolveReferences(
  machine: VirtualMachine,
  options: { previous: VirtualMachine | undefined; services: () => EngineServices; lookups: InferenceLookups },
): Promise<void> {
  const { previous, services, lookups } = options
  const { instancetype, preference } = machine.spec
  if (instancetype === undefined && preference === undefined) return
  // The schema lets a template leave its spec out, and KubeVirt's rules have their own word on a missing template.
  const { template }: { template?: { spec?: VirtualMachine['spec']['template']['spec'] } | null } = machine.spec
  if (template === undefined || template === null) return
  template.spec ??= { domain: { devices: {} } }
  await resolveMatchers(machine, previous, lookups)
  const found = await referencesOf(machine, services)
  if (found.preference !== undefined) applyPreferenceToMachine(found.preference, machine)
}
