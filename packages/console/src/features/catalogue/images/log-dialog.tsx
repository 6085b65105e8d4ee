/** What a build does, as its machine says it. */

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, type ReactNode } from 'react'
import type { KubeObject } from '@berth/meta'
import type { BuildRow } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { CodeBlock, Dialog, Notice, Problem, Stack } from '../../../ui/index.ts'
import { BuildStateCell } from './image-cells.tsx'
import styles from './images.module.css'

type ConfigMap = KubeObject & { data?: Record<string, string> }

const lookEveryMs = 2000

export function LogDialog({ row, onClose }: { row: BuildRow; onClose: () => void }): ReactNode {
  const t = useMessages('catalogue')
  const { cluster, namespace, log: name, over, phase } = row
  const { data, error } = useQuery({
    queryKey: ['k8s', cluster, 'configmaps', namespace, name, phase],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<ConfigMap>(
        { group: '', version: 'v1', resource: 'configmaps', namespace, name: name ?? '' },
        signal,
      ),
    enabled: name !== undefined,
    refetchInterval: over ? false : lookEveryMs,
    retry: false,
    placeholderData: (before) => before,
  })
  const log = data?.data?.['log']?.trimEnd()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // The newest line is the one that is looked for while it goes on.
    if (log === undefined || over) return
    const lines = box.current?.querySelector('pre')
    lines?.scrollTo({ top: lines.scrollHeight })
  }, [log, over])
  return (
    <Dialog title={t('builds.logOf', { name: row.image })} size="large" closeWord={t('make.close')} onClose={onClose}>
      <Stack>
        <BuildStateCell row={row} />
        {phase === 'Failed' && row.message !== undefined && <Notice tone="danger">{row.message}</Notice>}
        {error !== null && log === undefined && <Problem title={t('builds.noLog')} error={error} />}
        {error === null && (log === undefined || log === '') && <p>{t('builds.noLog')}</p>}
        {log !== undefined && log !== '' && (
          <div ref={box} className={styles['log']}>
            <CodeBlock text={log} label={t('builds.log')} />
          </div>
        )}
      </Stack>
    </Dialog>
  )
}
