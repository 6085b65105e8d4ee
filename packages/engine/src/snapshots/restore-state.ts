/**
 * The claim with a machine's TPM and UEFI variables is not in the machine's spec but found by its label. A restore gives the label to the
 * claim it made, and removes the one before when all is done. Source: KubeVirt's restore controller.
 */

import {
  persistentStateLabel,
  stateVolumeName,
  type KeptMachine,
  type VirtualMachine,
  type VirtualMachineRestore,
} from '@berth/api'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { contentAnnotation, stateContent } from '../volumes/claim-content.ts'

/** On a claim that a restore has replaced: `persistent-state-for-<machine>`. */
const replacedLabel = 'restore.kubevirt.io/cleanup-backend-pvc'

type Restore = Readonly<VirtualMachineRestore>

/** Idempotent. The new one first: the machine has a whole state at any moment, and of two the newer counts. */
export async function takeStateOver(services: EngineServices, restore: Restore, kept: Readonly<KeptMachine>) {
  const { client } = services
  const namespace = restore.metadata.namespace ?? ''
  const machine = restore.spec.target.name
  const volume = stateVolumeName(kept.metadata.name ?? '')
  const name = restore.status?.restores?.find(({ volumeName }) => volumeName === volume)?.persistentVolumeClaim
  if (name === undefined) return
  const restored = await client.get(persistentVolumeClaims, { namespace, name })
  await relabel(services, restored, { [persistentStateLabel]: machine })
  for (const claim of await claimsWith(services, namespace, persistentStateLabel, machine)) {
    if (claim.metadata.name !== name) await relabel(services, claim, { [replacedLabel]: stateVolumeName(machine) })
  }
}

/** What was replaced; nobody uses it, for the machine is off. */
export async function removeReplacedState(services: EngineServices, { metadata }: Readonly<VirtualMachine>) {
  const { namespace = '', name: machine = '' } = metadata
  for (const claim of await claimsWith(services, namespace, replacedLabel, stateVolumeName(machine))) {
    if (claim.metadata.deletionTimestamp !== undefined) continue
    const name = claim.metadata.name ?? ''
    await unlessMissing(services.client.delete(persistentVolumeClaims, { namespace, name }))
  }
}

async function claimsWith({ client }: EngineServices, namespace: string, label: string, value: string) {
  const { items } = await client.list(persistentVolumeClaims, { namespace })
  return items.filter(({ metadata }) => metadata.labels?.[label] === value)
}

async function relabel(
  { client }: EngineServices,
  claim: PersistentVolumeClaim,
  label: Record<string, string>,
): Promise<void> {
  const { [persistentStateLabel]: _state, [replacedLabel]: _replaced, ...labels } = claim.metadata.labels ?? {}
  const wanted = { ...labels, ...label }
  if (Object.keys(label).every((key) => claim.metadata.labels?.[key] === label[key])) return
  await client.update(persistentVolumeClaims, {
    ...claim,
    metadata: {
      ...claim.metadata,
      labels: wanted,
      annotations: { ...claim.metadata.annotations, [contentAnnotation]: stateContent },
    },
  })
}
