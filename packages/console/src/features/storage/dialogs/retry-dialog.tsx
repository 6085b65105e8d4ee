/** Fills a disk again from the same source, after what stood in the way was mended. */

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DataVolume, DataVolumeSource } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import type { VolumeRow } from '@berth/view'
import { BackendError, clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Form, Notice, Problem, Stack, showToast } from '../../../ui/index.ts'
import { kindOf, referenceTo } from '../references.ts'
import { adopt, noAccess, referencesOf, release, withAccess, type Access, type AccessNames } from './keep-access.ts'
import { useSourceAccess } from './source-access.tsx'

const webKinds = ['http', 's3', 'registry'] as const
const goneWithinMs = 60_000
const lookEveryMs = 500

export function RetryDialog({ row, onClose }: { row: VolumeRow; onClose: () => void }): ReactNode {
  const t = useMessages('storage')
  const web = webKinds.find((kind) => kind === row.source)
  const server = useSourceAccess(web ?? 'http', row.fetchedWith)
  // One that its machine makes is made anew by that, as it is written there.
  const mayChange = web !== undefined && row.owner === undefined
  const stillThere = t('retry.stillThere', { name: row.name })
  const retry = useMutation({
    mutationFn: async () => again(row, { access: mayChange ? server.access : noAccess, stillThere }),
    onSuccess() {
      showToast({ text: t('retry.started', { name: row.name }), tone: 'success' })
      onClose()
    },
  })
  const reason = mayChange ? server.reason : undefined
  return (
    <ConfirmDialog
      title={t('retry.title', { name: row.name })}
      confirm={t('action.retry')}
      busy={retry.isPending}
      onConfirm={() => retry.mutate()}
      onClose={onClose}
      {...(reason === undefined ? {} : { reason })}
    >
      <Stack>
        {row.reason !== undefined && (
          <Notice tone="attention" title={t('retry.why')}>
            {row.reason}
          </Notice>
        )}
        <p>{t('retry.text', { from: row.sourceName ?? '' })}</p>
        {mayChange && <Form columns={2}>{server.fields}</Form>}
        {retry.error !== null && <Problem title={t('retry.failed')} error={retry.error} />}
      </Stack>
    </ConfirmDialog>
  )
}

/** A disk that its machine makes is made anew by that as soon as it is gone. */
async function again(row: VolumeRow, { access, stillThere }: { access: Access; stillThere: string }): Promise<void> {
  const api = clusterApi(row.cluster)
  const target = referenceTo(kindOf.dataVolumes, row)
  const before = await api.get<DataVolume>(target)
  if (row.owner !== undefined) {
    await runRequest('retry-disk', { target, calls: [clusterCalls.delete(target)] })
    return
  }
  await withAccess(access, row, async (names) => remake(row, { before, names, stillThere }), target)
}

async function remake(
  row: VolumeRow,
  { before, names, stillThere }: { before: DataVolume; names: AccessNames; stillThere: string },
): Promise<void> {
  const api = clusterApi(row.cluster)
  const target = referenceTo(kindOf.dataVolumes, row)
  const { apiVersion, kind, metadata, spec } = before
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
    spec: { ...spec, ...(spec.source === undefined ? {} : { source: fetchedWith(spec.source, names) }) },
  }
  // Checked before the old one goes, so that nothing is lost to a refusal.
  await api.create(
    kindOf.dataVolumes,
    { ...fresh, metadata: { ...fresh.metadata, name: `${name}-x` } },
    { dryRun: true },
  )
  // A sign-in that is needed again must outlive the old one; one that is not goes with it.
  const kept = await release(before, referencesOf(row, names))
  await api.delete(target)
  const until = Date.now() + goneWithinMs
  while (await isThere(row)) {
    if (Date.now() > until) throw new Error(stillThere)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  await runRequest('retry-disk', { target, calls: [clusterCalls.create(kindOf.dataVolumes, fresh)] }, 'settled')
  await adopt(target, { kept, others: [] })
}

/** The same source, with the names that are to be used now. */
function fetchedWith(source: DataVolumeSource, { secret, certificates }: AccessNames): DataVolumeSource {
  const kind = webKinds.find((each) => source[each] !== undefined)
  const from = kind === undefined ? undefined : source[kind]
  if (kind === undefined || from === undefined) return source
  const { secretRef: _secret, certConfigMap: _certificates, ...rest } = from
  return {
    [kind]: {
      ...rest,
      ...(secret === '' ? {} : { secretRef: secret }),
      ...(certificates === '' ? {} : { certConfigMap: certificates }),
    },
  }
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
