/** The VirtualMachineExport that a backup is pulled through: made for it, under its name, and gone with it. */

import { virtualMachineExports, type VirtualMachineBackup, type VirtualMachineExport } from '@berth/api'
import { parseDuration } from '@berth/base'
import type { Client } from '@berth/kube'
import { controllerOf, controllerReferenceTo, StatusError, unlessMissing } from '@berth/meta'

type Backup = Readonly<VirtualMachineBackup>

const defaultTtlMs = 2 * 3600_000

/** Milliseconds that the backup can still be pulled; 0 when its time is over. */
export function timeLeft({ metadata, spec }: Backup, now: Date): number {
  const ttlMs = spec.ttlDuration === undefined ? defaultTtlMs : parseDuration(spec.ttlDuration)
  return Math.max(0, Date.parse(metadata.creationTimestamp ?? '') + ttlMs - now.getTime())
}

/** @returns undefined when it was only now made; `foreign` when something else has its name */
export async function findExport(
  client: Client,
  backup: Backup,
  leftMs: number,
): Promise<Readonly<VirtualMachineExport> | 'foreign' | undefined> {
  const { namespace = '', name = '', uid } = backup.metadata
  const found = await unlessMissing(client.get(virtualMachineExports, { namespace, name }))
  if (found !== undefined) return controllerOf(found)?.uid === uid ? found : 'foreign'
  const { tokenSecretRef } = backup.spec
  try {
    await client.create(virtualMachineExports, {
      apiVersion: 'export.kubevirt.io/v1',
      kind: 'VirtualMachineExport',
      metadata: { name, namespace, ownerReferences: [controllerReferenceTo(backup)] },
      spec: {
        source: { apiGroup: 'backup.kubevirt.io', kind: 'VirtualMachineBackup', name },
        ttlDuration: `${Math.ceil(leftMs / 1000)}s`,
        ...(tokenSecretRef === undefined ? {} : { tokenSecretRef }),
      },
    })
  } catch (error) {
    // Somebody was quicker; the next look tells who.
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
  return undefined
}

export async function removeExport(client: Client, backup: Backup): Promise<void> {
  const { namespace = '', name = '', uid } = backup.metadata
  const found = await unlessMissing(client.get(virtualMachineExports, { namespace, name }))
  if (found === undefined || controllerOf(found)?.uid !== uid) return
  await unlessMissing(client.delete(virtualMachineExports, { namespace, name }))
}
