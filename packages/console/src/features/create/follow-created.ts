/** Keeps what was made as a task, until it runs or says why not. */

import type { VirtualMachine } from '@berth/api'
import { virtualMachines } from '@berth/api'
import type { TaskRequest } from '@berth/view'
import { BackendError, request } from '../../backend/index.ts'

export async function followCreated(cluster: string, machines: readonly VirtualMachine[]): Promise<void> {
  if (machines.length === 0) return
  const { group, version, resource } = virtualMachines
  const starts = machines.every(({ spec }) => spec.runStrategy === 'Always' || spec.runStrategy === 'RerunOnFailure')
  const body: TaskRequest = {
    follow: {
      action: 'create',
      targets: machines.map(({ metadata }) => ({
        cluster,
        group,
        version,
        resource,
        namespace: metadata.namespace ?? '',
        name: metadata.name ?? '',
      })),
      ...(starts ? { goal: 'running' } : {}),
    },
  }
  try {
    await request('/api/tasks', { method: 'POST', body })
  } catch (error) {
    // The machines are made; that they are not kept as a task is no reason to say they are not.
    if (!(error instanceof BackendError)) throw error
  }
}
