/** Eviction of launcher pods: what a machine's eviction strategy makes of it. Source: KubeVirt's pod eviction admitter. */

import {
  launcherApp,
  labels,
  virtualMachineInstances,
  type EvictionStrategy,
  type VirtualMachineInstance,
} from '@berth/api'
import { isConditionTrue, isJsonObject, StatusError, unlessMissing, type Json } from '@berth/meta'
import { pods, type Pod } from '@berth/kube'
import type { Subresource } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'

const webhook = 'virt-launcher-eviction-interceptor.kubevirt.io'

export function evictionSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['POST'],
    kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
    async handle(request) {
      const { client } = services()
      const target = { namespace: request.namespace ?? '', name: request.name }
      const dryRun = request.dryRun || asksForDryRun(request.body)
      await consult(services(), await client.get(pods, target), dryRun)
      if (!dryRun) await client.delete(pods, target)
      return {
        kind: 'json',
        code: 201,
        body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
      }
    },
  }
}

/** @throws {StatusError} 429 when the machine is not to be ended by an eviction */
async function consult(services: EngineServices, pod: Readonly<Pod>, dryRun: boolean): Promise<void> {
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (pod.metadata.labels?.[labels.app] !== launcherApp || over) return
  const instance = await ownerOf(services, pod)
  if (instance === undefined) return
  const strategy = instance.spec.evictionStrategy ?? services.configuration.get().evictionStrategy
  if (!isToMove(strategy, instance)) return
  const { name = '', namespace = '' } = instance.metadata
  const evacuation = `Eviction triggered evacuation of VMI "${namespace}/${name}"`
  if ((instance.status?.evacuationNodeName ?? '') !== '') throw refused(`Evacuation in progress: ${evacuation}`)
  const node = pod.spec.nodeName ?? ''
  if (instance.status?.nodeName !== node) throw refused('Eviction request for target Pod')
  if (!dryRun) {
    await services.client.patch(
      virtualMachineInstances,
      { namespace, name },
      { type: 'merge', patch: { status: { evacuationNodeName: node } } },
    )
  }
  throw refused(evacuation)
}

/** @throws {StatusError} 429 for a machine that may only be moved, and cannot be */
function isToMove(strategy: EvictionStrategy, instance: Readonly<VirtualMachineInstance>): boolean {
  const migratable = isConditionTrue(instance.status?.conditions, 'LiveMigratable')
  switch (strategy) {
    case 'None':
      return false
    case 'LiveMigrateIfPossible':
      return migratable
    case 'LiveMigrate':
      if (migratable) return true
      throw refused(
        `VMI ${instance.metadata.name ?? ''} is configured with an eviction strategy but is not live-migratable`,
      )
    case 'External':
      return true
  }
}

async function ownerOf(services: EngineServices, pod: Readonly<Pod>): Promise<VirtualMachineInstance | undefined> {
  const owner = (pod.metadata.ownerReferences ?? []).find(({ kind }) => kind === 'VirtualMachineInstance')
  if (owner === undefined) return undefined
  const { namespace = '' } = pod.metadata
  return unlessMissing(services.client.get(virtualMachineInstances, { namespace, name: owner.name }))
}

function refused(why: string): StatusError {
  return new StatusError('TooManyRequests', `admission webhook "${webhook}" denied the request: ${why}`)
}

function asksForDryRun(body: Json | undefined): boolean {
  if (!isJsonObject(body)) return false
  const options = body['deleteOptions']
  return isJsonObject(options) && Array.isArray(options['dryRun']) && options['dryRun'].includes('All')
}
