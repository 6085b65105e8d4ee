/** Somebody else changed what is being changed here: both sides of each place, and a choice. */

import type { TFunction } from 'i18next'
import { useState } from 'react'
import { pathText, type Choice, type Conflict, type Merged } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Segments, Stack, Table, type TableColumn } from '../../../ui/index.ts'
import { Value } from './changes-table.tsx'
import styles from './configure.module.css'

export function MergeDialog({
  conflict,
  onDecide,
  onClose,
}: {
  conflict: Merged
  onDecide: (choices: ReadonlyMap<string, Choice>) => void
  onClose: () => void
}) {
  const t = useMessages('machine')
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map())
  const { conflicts, theirs } = conflict
  const open = conflicts.filter(({ path }) => !choices.has(pathText(path))).length
  const choose = (place: string, choice: Choice): void => setChoices(new Map([...choices, [place, choice]]))
  return (
    <Dialog
      title={t('merge.title')}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          reason={open > 0 ? t('merge.open', { count: open }) : undefined}
          onClick={() => {
            onDecide(choices)
            onClose()
          }}
        >
          {t('merge.merge')}
        </Button>
      }
    >
      <Stack>
        <p>{t('merge.words', { count: theirs.length })}</p>
        <Table
          label={t('merge.title')}
          items={conflicts}
          keyOf={({ path }) => pathText(path)}
          columns={columnsOf(t, choices, choose)}
        />
      </Stack>
    </Dialog>
  )
}

function columnsOf(
  t: TFunction,
  choices: ReadonlyMap<string, Choice>,
  choose: (place: string, choice: Choice) => void,
): TableColumn<Conflict>[] {
  return [
    {
      id: 'path',
      title: t('configure.place'),
      cell: ({ path }) => <code className={styles['place']}>{pathText(path)}</code>,
    },
    { id: 'base', title: t('merge.base'), cell: ({ base }) => <Value value={base} /> },
    { id: 'mine', title: t('merge.mine'), cell: ({ mine }) => <Value value={mine} /> },
    { id: 'theirs', title: t('merge.theirs'), cell: (each) => <Value value={each.theirs} /> },
    {
      id: 'choice',
      title: t('merge.keep'),
      cell: ({ path }) => {
        const place = pathText(path)
        return (
          <Segments
            label={t('merge.keepOf', { place })}
            value={choices.get(place) ?? ''}
            options={[
              { value: 'mine', label: t('merge.mine') },
              { value: 'theirs', label: t('merge.theirs') },
            ]}
            onChange={(choice) => choose(place, choice === 'theirs' ? 'theirs' : 'mine')}
          />
        )
      },
    },
  ]
}
