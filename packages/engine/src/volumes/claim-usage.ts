/**
 * How much each claim takes on this host, in an annotation for consoles and in metrics. Looked at between other work and written seldom:
 * a claim whose figure hardly changed is left alone, and of many that are new only some are written at a time.
 */

import type { ServerMetrics } from '@berth/apiserver'
import { messageOf } from '@berth/base'
import { keyOf, persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { bytesIn } from '../backups/backup-files.ts'
import { keepsFiles } from './claim-content.ts'
import { filesFolderOf } from './claim-files.ts'
import { volumeNameFor } from './claim-volume.ts'
import type { VolumeUsage } from './volume-types.ts'

export const allocatedAnnotation = 'berth.dev/allocated-bytes'

/** Milliseconds. */
const everyMs = 30_000
/** Claims that are written in one round; the others are in a later one. */
const mostWrites = 100
/** Bytes; less is not worth a write whatever share it is. */
const grainBytes = 1024 ** 2
const mostSilentBytes = 16 * 1024 ** 2

interface Figure {
  claim: Readonly<PersistentVolumeClaim>
  usage: VolumeUsage
}

/**
 * Kept fresh until the returned function is called, which resolves when no write is under way.
 * @param metrics get what was found in the last round
 */
export function publishClaimUsage(
  services: EngineServices,
  metrics: Pick<ServerMetrics, 'report'>,
): () => Promise<void> {
  const { clock, logger } = services
  let latest: readonly Figure[] = []
  let stopped = false
  let cancel: () => void = () => {}
  const round = async (): Promise<void> => {
    try {
      latest = await figuresOf(services)
      for (const { claim, usage } of worthTelling(latest, mostWrites)) if (!stopped) await tell(claim, usage, services)
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'how much claims take was not published')
    }
    if (!stopped)
      cancel = clock.after(everyMs, () => {
        running = round()
      })
  }
  report(metrics, () => latest)
  let running = round()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}

async function figuresOf({ informers, volumes }: EngineServices): Promise<Figure[]> {
  const usages = await volumes.usages()
  const figures = informers.claims.list().flatMap((claim) => {
    const usage = claim.status?.phase === 'Bound' ? usages.get(volumeNameFor(claim)) : undefined
    return usage === undefined ? [] : [{ claim, usage }]
  })
  return Promise.all(
    figures.map(async ({ claim, usage }) =>
      keepsFiles(claim) ? { claim, usage: await withFiles(claim, usage, volumes) } : { claim, usage },
    ),
  )
}

/** Memory dumps and backups lie beside the claim's disk, which is empty. */
async function withFiles(
  claim: Readonly<PersistentVolumeClaim>,
  usage: VolumeUsage,
  volumes: EngineServices['volumes'],
): Promise<VolumeUsage> {
  // Deleted since it was listed.
  if (!(await volumes.exists(volumeNameFor(claim)))) return usage
  const bytes = await bytesIn(filesFolderOf({ volumes }, claim))
  return {
    ...usage,
    allocatedBytes: usage.allocatedBytes + bytes,
    exclusiveBytes: usage.exclusiveBytes + bytes,
  }
}

/** Those whose annotation is missing or far off, the furthest first. */
export function worthTelling(figures: readonly Figure[], most: number): Figure[] {
  return figures
    .flatMap((figure) => {
      const told = toldOf(figure.claim)
      if (told === undefined) return [{ figure, change: Number.POSITIVE_INFINITY }]
      const change = Math.abs(figure.usage.allocatedBytes - told)
      const enough = Math.max(grainBytes, Math.min(mostSilentBytes, told / 100))
      return change < enough ? [] : [{ figure, change }]
    })
    .toSorted((a, b) => (a.change === b.change ? 0 : b.change - a.change))
    .slice(0, most)
    .map(({ figure }) => figure)
}

function toldOf({ metadata }: Readonly<PersistentVolumeClaim>): number | undefined {
  const text = metadata.annotations?.[allocatedAnnotation]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

async function tell(
  claim: Readonly<PersistentVolumeClaim>,
  { allocatedBytes }: VolumeUsage,
  { client, logger }: EngineServices,
): Promise<void> {
  const { namespace = '', name = '' } = claim.metadata
  const patch = { metadata: { annotations: { [allocatedAnnotation]: String(allocatedBytes) } } }
  try {
    await unlessMissing(client.patch(persistentVolumeClaims, { namespace, name }, { type: 'merge', patch }))
  } catch (error) {
    // The others are not to wait for it; it is tried again in the next round.
    logger.warn({ claim: keyOf(claim), error: messageOf(error) }, 'how much a claim takes was not written')
  }
}

const reported: Record<string, { help: string; value: (usage: VolumeUsage) => number }> = {
  kubelet_volume_stats_capacity_bytes: {
    help: 'Capacity in bytes of the volume.',
    value: ({ sizeBytes }) => sizeBytes,
  },
  kubelet_volume_stats_used_bytes: {
    help: 'Number of used bytes in the volume, as its storage sees it.',
    value: ({ allocatedBytes }) => allocatedBytes,
  },
}

/** Under the names that dashboards know from Kubernetes. */
function report(metrics: Pick<ServerMetrics, 'report'>, latest: () => readonly Figure[]): void {
  for (const [name, { help, value }] of Object.entries(reported)) {
    metrics.report({
      name,
      help,
      labelNames: ['namespace', 'persistentvolumeclaim'],
      values: () =>
        latest().map(({ claim: { metadata }, usage }): [Record<string, string>, number] => [
          { namespace: metadata.namespace ?? '', persistentvolumeclaim: metadata.name ?? '' },
          value(usage),
        ]),
    })
  }
}
