/** Values of the list's columns with their counts, to choose from; a choice changes the query's text. */

import type { ReactNode } from 'react'
import { columnsOfTable, type Facet, type StorageTable } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Menu } from '../../../ui/index.ts'
import { asksFor, toggleValue } from '../../workloads/search/edit-query.ts'

export interface FilterMenusProps {
  table: StorageTable
  facets: readonly Facet[]
  text: string
  onText: (text: string) => void
}

export function FilterMenus({ table, facets, text, onText }: FilterMenusProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const fields = columnsOfTable(table)
  const word = (column: string, value: string): string => {
    if (value === '') return t('none')
    if (column === 'status') return t(`status.${value}`, { defaultValue: value })
    if (column === 'source') return t(`source.${value}`, { defaultValue: value })
    return value === 'yes' || value === 'no' ? t(value) : value
  }
  return facets
    .filter(({ values }) => values.length > 0)
    .map(({ column, values }) => (
      <Menu
        key={column}
        label={t(`column.${column}`)}
        groups={[
          {
            items: values.slice(0, 20).map(({ value, count }) => ({
              id: value,
              label: word(column, value),
              hint: format.number(count),
              checked: asksFor(text, column, value, fields),
              onSelect: () => onText(toggleValue(text, column, value, fields)),
            })),
          },
        ]}
      >
        <Button icon="down">{t(`column.${column}`)}</Button>
      </Menu>
    ))
}
