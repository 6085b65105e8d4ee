/** What a machine has in truth: instance type, preference and defaults worked in. */

import type { VirtualMachine, VirtualMachineInstance, VirtualMachineInstanceSpec } from '@berth/api'
import { pathOf, type Client } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { subresourceVersion } from './target.ts'

/** Of the instance while there is one; else as the server works it out, when it can; else as it is written. */
export async function expandedSpec(
  client: Client,
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): Promise<VirtualMachineInstanceSpec> {
  if (instance !== undefined) return instance.spec
  const { instancetype, preference, template } = machine.spec
  if (instancetype === undefined && preference === undefined) return template.spec
  const { namespace = '', name = '' } = machine.metadata
  const path = pathOf(
    { ...subresourceVersion, resource: 'virtualmachines' },
    { namespace, name, subresource: 'expand-spec' },
  )
  try {
    // The server answers with the whole machine.
    const expanded = (await client.raw({ method: 'GET', path })) as VirtualMachine | undefined
    return expanded?.spec.template.spec ?? template.spec
  } catch (error) {
    // An instance type that is not there, or a right that is missing: what is written is what there is to show.
    if (error instanceof StatusError) return template.spec
    throw error
  }
}
