/** Which columns are shown and in which order, by keyboard as well. */

import type { ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { Button, CheckboxField, Dialog, IconButton } from '../../../ui/index.ts'
import { defaultColumns, moveColumn, toggleColumn, type ChosenColumn } from './chosen-columns.ts'
import { columnTable } from './column-ids.ts'
import styles from './columns-dialog.module.css'

export interface ColumnsDialogProps {
  columns: readonly ChosenColumn[]
  onColumns: (columns: readonly ChosenColumn[]) => void
  onClose: () => void
}

export function ColumnsDialog({ columns, onColumns, onClose }: ColumnsDialogProps): ReactNode {
  const t = useMessages('workloads')
  const shown = new Set(columns.map(({ id }) => id))
  const hidden = columnTable.filter(({ id }) => !shown.has(id))
  return (
    <Dialog
      title={t('columns.title')}
      onClose={onClose}
      size="small"
      closeWord={t('ui:close')}
      actions={<Button onClick={() => onColumns(defaultColumns)}>{t('columns.reset')}</Button>}
    >
      <ul className={styles['list']}>
        {columns.map(({ id }, place) => (
          <li key={id} className={styles['item']}>
            <CheckboxField
              label={t(`column.${id}`)}
              checked
              disabled={id === 'name'}
              onChange={() => onColumns(toggleColumn(columns, id))}
            />
            {id !== 'name' && (
              <span className={styles['moves']}>
                <IconButton
                  icon="up"
                  label={t('columns.earlier', { column: t(`column.${id}`) })}
                  reason={place <= 1 ? t('columns.isFirst') : undefined}
                  onClick={() => onColumns(moveColumn(columns, id, place - 1))}
                />
                <IconButton
                  icon="down"
                  label={t('columns.later', { column: t(`column.${id}`) })}
                  reason={place === columns.length - 1 ? t('columns.isLast') : undefined}
                  onClick={() => onColumns(moveColumn(columns, id, place + 1))}
                />
              </span>
            )}
          </li>
        ))}
        {hidden.map(({ id }) => (
          <li key={id} className={styles['item']}>
            <CheckboxField
              label={t(`column.${id}`)}
              checked={false}
              onChange={() => onColumns(toggleColumn(columns, id))}
            />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
