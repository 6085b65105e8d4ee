/** Chooses a snapshot of one disk: told by the disk and the moment, since clusters make up the names themselves. */

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { VolumeSnapshotObject } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Problem, SelectField } from '../../../ui/index.ts'
import { bytesIn } from '../names.ts'
import { kindOf } from '../references.ts'

export interface SnapshotChoiceProps {
  cluster: string
  /** All of them unless said. */
  namespace?: string
  /** `NAMESPACE/NAME` */
  value: string | null
  /** With the size of what is made of it at least, in bytes. */
  onChange: (value: string | null, bytes: number | undefined) => void
}

export function SnapshotChoice({ cluster, namespace, value, onChange }: SnapshotChoiceProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { data, error } = useQuery({
    queryKey: ['k8s', cluster, 'volumesnapshots', namespace ?? ''],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).list<VolumeSnapshotObject>(kindOf.volumeSnapshots, {
        signal,
        ...(namespace === undefined ? {} : { namespace }),
      }),
    retry: false,
  })
  const snapshots = (data?.items ?? [])
    .filter(({ status }) => status?.readyToUse === true)
    .map(({ metadata, spec, status }) => {
      const of = spec?.source?.persistentVolumeClaimName ?? metadata.name ?? ''
      const at = Date.parse(status?.creationTime ?? metadata.creationTimestamp ?? '')
      const bytes = status?.restoreSize === undefined ? undefined : bytesIn(status.restoreSize)
      const where = metadata.namespace ?? ''
      const words = {
        disk: namespace === undefined ? `${where}/${of}` : of,
        time: format.time(at),
        size: bytes === undefined ? '–' : format.bytes(bytes),
      }
      return { value: `${where}/${metadata.name ?? ''}`, label: t('disk.snapshotOf', words), at, bytes }
    })
    .toSorted((one, other) => other.at - one.at)
  return (
    <>
      <SelectField
        label={t('disk.snapshot')}
        placeholder={t(snapshots.length === 0 ? 'disk.noSnapshots' : 'disk.choose')}
        value={value}
        data={snapshots.map(({ value: each, label }) => ({ value: each, label }))}
        onChange={(chosen) => onChange(chosen, snapshots.find((each) => each.value === chosen)?.bytes)}
        searchable
      />
      {error !== null && <Problem title={t('disk.listFailed')} error={error} />}
    </>
  )
}
