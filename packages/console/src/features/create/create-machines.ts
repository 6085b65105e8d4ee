/** Has machines made as one task, which goes on until those that start run, or says why not. */

import { virtualMachines, type VirtualMachine } from '@berth/api'
import { BackendError, clusterCalls, runRequests } from '../../backend/index.ts'

/** @returns what became of each, in their order */
export async function createMachines(
  cluster: string,
  action: 'create' | 'deploy',
  machines: readonly VirtualMachine[],
): Promise<(VirtualMachine | BackendError)[]> {
  const { group, version, resource } = virtualMachines
  const starts = machines.every(({ spec }) => spec.runStrategy === 'Always' || spec.runStrategy === 'RerunOnFailure')
  const asked = runRequests({
    action,
    ...(starts ? { goal: 'running' } : {}),
    items: machines.map((machine) => {
      const { namespace = '', name = '' } = machine.metadata
      const target = { cluster, group, version, resource, namespace, name }
      return { target, calls: [clusterCalls.create(virtualMachines, machine)] }
    }),
  })
  const answers = await asked.catch((error: unknown) => {
    // The console itself refuses all of it, or cannot be reached.
    if (error instanceof BackendError) return machines.map(() => error)
    throw error
  })
  // What was not refused is the object the cluster made.
  return answers.map((answer) => (answer instanceof BackendError ? answer : (answer as VirtualMachine)))
}
