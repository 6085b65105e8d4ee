/** Fills a disk again from the same source, after what stood in the way was mended. */

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DataVolume } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import type { VolumeRow } from '@berth/view'
import { BackendError, clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Notice, Problem, Stack, showToast } from '../../../ui/index.ts'
import { kindOf, referenceTo } from '../references.ts'

const goneWithinMs = 60_000
const lookEveryMs = 500

export function RetryDialog({ row, onClose }: { row: VolumeRow; onClose: () => void }): ReactNode {
  const t = useMessages('storage')
  const retry = useMutation({
    mutationFn: async () => again(row, t('retry.stillThere', { name: row.name })),
    onSuccess() {
      showToast({ text: t('retry.started', { name: row.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={t('retry.title', { name: row.name })}
      confirm={t('action.retry')}
      busy={retry.isPending}
      onConfirm={() => retry.mutate()}
      onClose={onClose}
    >
      <Stack>
        {row.reason !== undefined && (
          <Notice tone="attention" title={t('retry.why')}>
            {row.reason}
          </Notice>
        )}
        <p>{t('retry.text', { from: row.sourceName ?? '' })}</p>
        {retry.error !== null && <Problem title={t('retry.failed')} error={retry.error} />}
      </Stack>
    </ConfirmDialog>
  )
}

/** A disk that its machine makes is made anew by that as soon as it is gone. */
async function again(row: VolumeRow, stillThere: string): Promise<void> {
  const api = clusterApi(row.cluster)
  const target = referenceTo(kindOf.dataVolumes, row)
  const { apiVersion, kind, metadata, spec } = await api.get<DataVolume>(target)
  if (row.owner !== undefined) {
    await runRequest('retry-disk', { target, calls: [clusterCalls.delete(target)] })
    return
  }
  const { name = '', namespace = '', labels, annotations } = metadata
  const fresh: KubeObject & Pick<DataVolume, 'spec'> = {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  }
  // Checked before the old one goes, so that nothing is lost to a refusal.
  await api.create(
    kindOf.dataVolumes,
    { ...fresh, metadata: { ...fresh.metadata, name: `${name}-x` } },
    { dryRun: true },
  )
  await api.delete(target)
  const until = Date.now() + goneWithinMs
  while (await isThere(row)) {
    if (Date.now() > until) throw new Error(stillThere)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  await runRequest('retry-disk', { target, calls: [clusterCalls.create(kindOf.dataVolumes, fresh)] }, 'settled')
}

/** Neither the DataVolume nor the claim it had. */
async function isThere(row: VolumeRow): Promise<boolean> {
  const api = clusterApi(row.cluster)
  for (const kind of [kindOf.dataVolumes, kindOf.claims]) {
    try {
      await api.get(referenceTo(kind, row))
      return true
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 404) throw error
    }
  }
  return false
}
