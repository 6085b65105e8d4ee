/** Chooses one of the disks of a cluster, with their sizes; of other namespaces only where that is allowed. */

import { useMemo, type ReactNode } from 'react'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { SelectField, helpBelow } from '../../../ui/index.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import { useStorage } from '../list/use-storage.ts'

export interface DiskChoiceProps {
  cluster: string
  /** `NAMESPACE/NAME` */
  value: string | null
  /** With its size in bytes, as far as it is known. */
  onChange: (value: string | null, bytes: number | undefined) => void
  /** What is said where a machine runs on the chosen one. */
  runs?: (machine: string) => string
}

export function DiskChoice({ cluster, value, onChange, runs }: DiskChoiceProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const request = useMemo(
    () => ({
      table: 'volumes' as const,
      query: `${termFor('cluster', cluster)} status:Bound`,
      sort: [{ column: 'namespace' }],
      from: 0,
      count: 500,
    }),
    [cluster],
  )
  const { rows } = useStorage<'volumes'>(request)
  const find = (wanted: string | null) => rows.find((row) => `${row.namespace}/${row.name}` === wanted)
  const running = find(value)?.users.find((user) => user.running)
  return (
    <SelectField
      label={t('disk.source')}
      inputWrapperOrder={[...helpBelow]}
      description={running === undefined ? undefined : runs?.(running.name)}
      value={value}
      placeholder={t(rows.length === 0 ? 'disk.noDisks' : 'disk.choose')}
      data={rows.map((row) => ({
        value: `${row.namespace}/${row.name}`,
        label: `${row.namespace}/${row.name}${row.size === undefined ? '' : ` (${format.bytes(row.size)})`}`,
      }))}
      onChange={(chosen) => onChange(chosen, find(chosen)?.size)}
      searchable
    />
  )
}
