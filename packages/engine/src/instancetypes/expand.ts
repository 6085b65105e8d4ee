/** Machines with what they refer to written out: for the expand subresources, for comparisons, for the instances they start as. */

import {
  applyReferences,
  applyToInstance,
  conflictFields,
  conflictText,
  expandMachine,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { deepClone } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { findReferences, type Referring } from './find.ts'

type Services = Pick<EngineServices, 'client' | 'configuration'>

/**
 * The machine without references, with the defaults its instance would get.
 * @throws ReferenceFailure, or an Error in KubeVirt's words for a conflict
 */
export async function expand(machine: Readonly<VirtualMachine>, services: Services): Promise<VirtualMachine> {
  const found = await findReferences(services.client, machine)
  const expanded = expandMachine(machine, found, {
    architecture: hostArchitecture(),
    configuration: services.configuration.get(),
  })
  if ('conflicts' in expanded) throw new Error(conflictText(expanded.conflicts))
  return expanded.machine
}

/** A machine's spec with its references put in, without defaults: two of these can be compared. */
export async function applied(
  machine: Readonly<Referring>,
  { client }: Pick<EngineServices, 'client'>,
): Promise<VirtualMachine['spec']> {
  if (machine.spec.instancetype === undefined && machine.spec.preference === undefined) return machine.spec
  const spec: VirtualMachine['spec'] = deepClone(machine.spec)
  const metadata = (spec.template.metadata ??= {})
  const target = { spec: spec.template.spec, metadata, path: 'spec' }
  const conflicts = applyReferences(await findReferences(client, machine), target)
  if (conflicts.length > 0)
    throw new Error(`VM conflicts with instancetype spec in fields: [${conflictFields(conflicts)}]`)
  return spec
}

/**
 * Puts what the machine refers to into the instance it starts as, in place.
 * @throws Error in KubeVirt's words
 */
export async function completeInstance(
  instance: VirtualMachineInstance,
  machine: Readonly<VirtualMachine>,
  { client, configuration }: Services,
): Promise<void> {
  if (machine.spec.instancetype === undefined && machine.spec.preference === undefined) return
  const found = await findReferences(client, machine)
  const failure = applyToInstance(instance, { machine, references: found, configuration: configuration.get() })
  if (failure !== undefined) throw new Error(`Failed to apply instancetype: ${failure}`)
}

function hostArchitecture(): 'amd64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'amd64'
}
