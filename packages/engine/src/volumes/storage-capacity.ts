/**
 * What room there is, told where clients look: CSIStorageCapacity objects, one for each class of ours, and metrics. When more is
 * promised to guests than there is room for, that is said once, in an event on the class, and stands in an annotation while it is so; as
 * does why nothing can be done in a storage.
 */

import type { ServerMetrics } from '@berth/apiserver'
import { messageOf } from '@berth/base'
import { csiStorageCapacities, type CsiStorageCapacity, type StorageClass } from '@berth/kube'
import { deepEqual, formatQuantity, quantityFromBytes, unlessMissing } from '@berth/meta'
import { kubevirtNamespace } from '../bootstrap/cluster-objects.ts'
import type { EngineServices } from '../services.ts'
import { asQuantity, overcommitOf } from './capacity.ts'
import { localProvisioner } from './storage-class.ts'
import { localStorage, type StorageUsage } from './volume-types.ts'

/** Milliseconds. */
const everyMs = 30_000
/** Bytes; a change of less is not worth a write. */
const grainBytes = 64 * 1024 ** 2

/** What a console reads of an object: bytes, as text, unless said otherwise. */
export const capacityAnnotations = {
  storage: 'storage.berth.dev/name',
  total: 'storage.berth.dev/total-bytes',
  provisioned: 'storage.berth.dev/provisioned-bytes',
  allocated: 'storage.berth.dev/allocated-bytes',
  overcommitted: 'storage.berth.dev/overcommitted-bytes',
  /** No bytes: why nothing can be done in the storage, and what to do. */
  trouble: 'storage.berth.dev/trouble',
} as const

/** Kept fresh until the returned function is called, which resolves when no write is under way. */
export function publishCapacity(services: EngineServices): () => Promise<void> {
  const { clock, logger } = services
  const told = new Set<string>()
  let stopped = false
  let cancel: () => void = () => {}
  const round = async (): Promise<void> => {
    try {
      await writeAll(services, told)
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the capacity of storages was not published')
    }
    if (!stopped)
      cancel = clock.after(everyMs, () => {
        running = round()
      })
  }
  let running = round()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}

async function writeAll(services: EngineServices, told: Set<string>): Promise<void> {
  const { client, informers, volumes, events } = services
  const usages = await volumes.storages()
  const classes = informers.storageClasses.list().filter(({ provisioner }) => provisioner === localProvisioner)
  const existing = await client.list(csiStorageCapacities, { namespace: kubevirtNamespace })
  for (const storageClass of classes) {
    const usage = usages.find(({ name }) => name === (storageClass.parameters?.['storage'] ?? localStorage))
    if (usage === undefined) continue
    const wanted = capacityFor(storageClass, usage)
    const known = existing.items.find(({ metadata }) => metadata.name === wanted.metadata.name)
    if (known === undefined) await client.create(csiStorageCapacities, wanted)
    else if (!deepEqual([known.capacity, known.metadata.annotations], [wanted.capacity, wanted.metadata.annotations]))
      await client.update(csiStorageCapacities, { ...wanted, metadata: { ...known.metadata, ...wanted.metadata } })
    const { trouble } = usage
    const outOfService = `${wanted.metadata.name ?? ''} out of service`
    if (trouble !== undefined && !told.has(outOfService)) {
      events.record(storageClass, { type: 'Warning', reason: 'StorageOutOfService', message: trouble })
      told.add(outOfService)
    }
    const over = overcommitOf(usage)
    if (over > 0 && !told.has(usage.name)) {
      events.record(storageClass, { type: 'Warning', reason: 'StorageOvercommitted', message: overcommitWords(usage) })
      told.add(usage.name)
    } else if (over === 0) told.delete(usage.name)
  }
  const names = new Set(classes.map(nameFor))
  for (const { metadata } of existing.items)
    if (!names.has(metadata.name ?? ''))
      await unlessMissing(
        client.delete(csiStorageCapacities, { namespace: kubevirtNamespace, name: metadata.name ?? '' }),
      )
}

function overcommitWords(usage: StorageUsage): string {
  return (
    `Guests of storage "${usage.name}" may still write ${asQuantity(usage.provisionedBytes - usage.allocatedBytes)}, ` +
    `and ${asQuantity(usage.freeBytes)} is free. Machines whose disk cannot grow are paused: add room before that.`
  )
}

function nameFor({ metadata }: Readonly<StorageClass>): string {
  return `${metadata.name ?? ''}.${localProvisioner}`
}

function capacityFor(storageClass: Readonly<StorageClass>, usage: StorageUsage): CsiStorageCapacity {
  const grain = (bytes: number): number => Math.floor(bytes / grainBytes) * grainBytes
  const free = formatQuantity(quantityFromBytes(grain(usage.freeBytes)))
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: {
      namespace: kubevirtNamespace,
      name: nameFor(storageClass),
      annotations: {
        [capacityAnnotations.storage]: usage.name,
        [capacityAnnotations.total]: String(usage.totalBytes),
        [capacityAnnotations.provisioned]: String(usage.provisionedBytes),
        [capacityAnnotations.allocated]: String(grain(usage.allocatedBytes)),
        [capacityAnnotations.overcommitted]: String(grain(overcommitOf(usage))),
        ...(usage.trouble === undefined ? {} : { [capacityAnnotations.trouble]: usage.trouble }),
      },
    },
    // All nodes are this host.
    nodeTopology: {},
    storageClassName: storageClass.metadata.name ?? '',
    capacity: free,
    maximumVolumeSize: free,
  }
}

const figures: Record<string, { help: string; value: (usage: StorageUsage) => number }> = {
  berth_storage_size_bytes: { help: 'Size of the file system a storage lies on.', value: (usage) => usage.totalBytes },
  berth_storage_free_bytes: { help: 'Room that is left in a storage.', value: (usage) => usage.freeBytes },
  berth_storage_provisioned_bytes: {
    help: 'Sizes of all volumes of a storage, as guests see them.',
    value: (usage) => usage.provisionedBytes,
  },
  berth_storage_allocated_bytes: {
    help: 'Room that volumes and snapshots of a storage take.',
    value: (usage) => usage.allocatedBytes,
  },
  berth_storage_overcommitted_bytes: {
    help: 'What guests may still write beyond what there is room for.',
    value: overcommitOf,
  },
}

export function reportStorages(
  metrics: Pick<ServerMetrics, 'report'>,
  { volumes }: Pick<EngineServices, 'volumes'>,
): void {
  for (const [name, { help, value }] of Object.entries(figures)) {
    metrics.report({
      name,
      help,
      labelNames: ['storage'],
      async values() {
        return (await volumes.storages()).map((usage): [Record<string, string>, number] => [
          { storage: usage.name },
          value(usage),
        ])
      },
    })
  }
}
