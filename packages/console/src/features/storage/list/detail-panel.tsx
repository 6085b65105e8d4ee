/** The chosen row beside the list: all its facts, and what can be done with it. */

import type { ReactNode } from 'react'
import type { StorageRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Buttons, IconButton, KeyValues, Notice, Stack, Usage, type Fact } from '../../../ui/index.ts'
import type { MenuGroup } from '../row-actions.ts'
import {
  freeOf,
  indications,
  keepWords,
  machineLink,
  machineLinks,
  scheduleWords,
  stateOf,
  type CellTools,
} from './columns.tsx'
import styles from './list.module.css'

export interface DetailPanelProps {
  row: StorageRow
  groups: readonly MenuGroup[]
  onClose: () => void
}

export function DetailPanel({ row, groups, onClose }: DetailPanelProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const tools = { t, format }
  const facts: Fact[] = [
    ...(row.namespace === '' ? [] : [{ label: t('column.namespace'), value: row.namespace }]),
    { label: t('column.cluster'), value: row.cluster },
    ...factsOf(row, tools),
    { label: t('column.age'), value: <span title={format.time(row.created)}>{format.relative(row.created)}</span> },
  ]
  return (
    <aside className={styles['panel']} aria-label={t('detail.label', { name: row.name })}>
      <header className={styles['panelHead']}>
        <h2>{row.name}</h2>
        <IconButton icon="close" label={t('detail.close')} onClick={onClose} />
      </header>
      <div>{stateOf(row, tools)}</div>
      {row.reason !== undefined && <Notice tone="attention">{row.reason}</Notice>}
      {row.table === 'classes' && row.total !== undefined && row.free !== undefined && row.total > 0 && (
        <Usage
          label={t('detail.inUse')}
          used={1 - row.free / row.total}
          text={t('freeOf', { free: format.bytes(row.free), total: format.bytes(row.total) })}
        />
      )}
      <Stack gap={2}>
        {groups.map(({ items }, at) => (
          <Buttons key={at}>
            {items.map(({ id, label, icon, reason, onSelect, danger }) => (
              <Button
                key={id}
                {...(icon === undefined ? {} : { icon })}
                kind={danger === true ? 'quiet' : 'default'}
                reason={reason}
                onClick={() => onSelect?.()}
              >
                {label}
              </Button>
            ))}
          </Buttons>
        ))}
      </Stack>
      <KeyValues facts={facts.filter(({ value }) => value !== undefined)} />
    </aside>
  )
}

function factsOf(row: StorageRow, tools: CellTools): Fact[] {
  const { t, format } = tools
  const bytes = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : format.bytes(value)
  const fact = (id: string, value: ReactNode): Fact => ({ label: t(`column.${id}`), value })
  switch (row.table) {
    case 'volumes':
      return [
        fact('size', bytes(row.size)),
        fact('allocated', bytes(row.used)),
        fact('class', row.class),
        fact('mode', t(`mode.${row.mode}`, { defaultValue: row.mode })),
        fact('access', row.access.length === 0 ? undefined : row.access.map((each) => accessWords(each, t)).join(', ')),
        fact('source', row.source === undefined ? undefined : t(`source.${row.source}`, { defaultValue: row.source })),
        { label: t('detail.from'), value: row.sourceName },
        fact(
          'vm',
          machineLinks(
            row,
            row.users.map(({ name }) => name),
            t,
          ),
        ),
        fact('snapshots', format.number(row.snapshots)),
        { label: t('detail.tries'), value: row.restarts === undefined ? undefined : format.number(row.restarts) },
        { label: t('detail.owner'), value: row.owner },
      ]
    case 'snapshots':
      return [
        fact('vm', row.machineThere ? machineLink(row, row.machine) : t('machineGone', { name: row.machine })),
        { label: t('detail.note'), value: row.note },
        fact('policy', row.policy),
        fact('indication', row.indications.length === 0 ? undefined : indications(row, t)),
        fact('size', bytes(row.size)),
        { label: t('detail.included'), value: row.included.length === 0 ? undefined : row.included.join(', ') },
        { label: t('detail.excluded'), value: row.excluded.length === 0 ? undefined : row.excluded.join(', ') },
        {
          label: t('detail.restored'),
          value: row.restored.length === 0 ? undefined : row.restored.map((at) => format.time(at)).join(', '),
        },
      ]
    case 'classes':
      return [
        fact('free', freeOf(row, tools)),
        fact('provisioned', bytes(row.provisioned)),
        {
          label: t('detail.commitment'),
          value: row.commitment === undefined ? undefined : format.percent(row.commitment),
        },
        fact('volumes', format.number(row.volumes)),
        fact('provisioner', row.provisioner),
        fact('binding', t(`binding.${row.binding}`, { defaultValue: row.binding })),
        fact('reclaim', t(`reclaim.${row.reclaim}`, { defaultValue: row.reclaim })),
        { label: t('detail.grows'), value: t(row.expandable ? 'yes' : 'no') },
        {
          label: t('detail.modes'),
          value: row.modes.length === 0 ? undefined : row.modes.map((each) => accessWords(each, t)).join(', '),
        },
        {
          label: t('detail.cloning'),
          value:
            row.cloneStrategy === undefined
              ? undefined
              : t(`cloning.${row.cloneStrategy}`, { defaultValue: row.cloneStrategy }),
        },
        { label: t('detail.snapshotClass'), value: row.snapshotClass },
      ]
    case 'policies':
      return [
        fact('schedule', scheduleWords(row, t)),
        { label: t('detail.window'), value: row.window },
        fact('keep', keepWords(row, t)),
        fact('vm', machineLinks(row, row.machines, t)),
        fact('snapshots', format.number(row.snapshots)),
        fact('last', row.lastRun === undefined ? undefined : format.time(row.lastRun)),
        fact('next', row.nextRun === undefined ? undefined : format.time(row.nextRun)),
      ]
  }
}

/** `ReadWriteMany Block`, or the first of it: who may use a disk at the same time, and as what. */
function accessWords(modes: string, t: CellTools['t']): string {
  const [access = '', mode] = modes.split(' ')
  const who = t(`accessMode.${access}`, { defaultValue: access })
  return mode === undefined ? who : `${who} (${t(`mode.${mode}`, { defaultValue: mode })})`
}
