/** Deletes volumes, snapshots or policies: what goes, what stays, and what is left out, before anything happens. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import {
  deletionOfSnapshot,
  deletionOfVolume,
  type Deletion,
  type DeletionPart,
  type FormAction,
  type PolicyRow,
  type SnapshotRow,
  type VolumeRow,
} from '@berth/view'
import { clusterCalls, runRequests } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Notice, Problem, Stack, TextField, showToast } from '../../../ui/index.ts'
import { referenceOfRow } from '../references.ts'
import { useSeveralClusters } from '../use-several-clusters.ts'
import { useSnapshotsOf } from '../use-snapshots.ts'
import styles from './dialogs.module.css'

type Deletable = VolumeRow | SnapshotRow | PolicyRow

/** From here on it is confirmed by typing how many. */
const largeDelete = 10
const mostNames = 30

const actions: Record<Deletable['table'], FormAction> = {
  volumes: 'delete-disk',
  snapshots: 'delete-snapshot',
  policies: 'delete-policy',
}

export function DeleteDialog({
  rows: given,
  onClose,
  onDone,
}: {
  rows: readonly Deletable[]
  onClose: () => void
  onDone?: () => void
}): ReactNode {
  const t = useMessages('storage')
  const [rows] = useState(given)
  const [typed, setTyped] = useState('')
  const first = rows[0]
  const others = useSnapshotsOf(first?.table === 'snapshots' ? { ...first, name: first.machine } : undefined).rows
  const several = useSeveralClusters()
  const deletions = rows.map((row) => {
    const deletion = deletionOf(row, others)
    // Two of one name may lie on two clusters.
    return { row, deletion: several ? { ...deletion, namespace: `${row.cluster} / ${row.namespace}` } : deletion }
  })
  const going = deletions.filter(({ deletion }) => deletion.refused === undefined)
  const left = deletions.filter(({ deletion }) => deletion.refused !== undefined)
  const remove = useMutation({
    mutationFn: async () => {
      const action = first === undefined ? 'delete-disk' : actions[first.table]
      return runRequests({
        action,
        goal: 'gone',
        items: going.map(({ row }) => ({
          target: referenceOfRow(row),
          calls: [clusterCalls.delete(referenceOfRow(row))],
        })),
      })
    },
    onSuccess(answers) {
      const failed = answers.find((answer) => answer instanceof Error)
      // All of it is under Tasks; of a single one the reason stands here.
      if (failed instanceof Error && answers.length === 1) throw failed
      showToast({ text: t('delete.started', { count: answers.length }), tone: 'success' })
      onDone?.()
      onClose()
    },
  })
  if (first === undefined) return null
  const mustType = going.length >= largeDelete
  const reason =
    going.length === 0
      ? t('delete.none')
      : mustType && typed.trim() !== String(going.length)
        ? t('delete.typeWrong', { count: going.length })
        : undefined
  return (
    <Dialog
      title={
        rows.length === 1
          ? t('delete.titleOne', { name: first.name })
          : t(`delete.title.${first.table}`, { count: rows.length })
      }
      onClose={onClose}
      actions={
        <Button kind="danger" reason={reason} busy={remove.isPending} onClick={() => remove.mutate()}>
          {t('action.delete')}
        </Button>
      }
    >
      <Stack>
        {going.length > 0 && (
          <Parts
            title={rows.length === 1 ? undefined : t('delete.will', { count: going.length })}
            deletions={going.map(({ deletion }) => deletion)}
          />
        )}
        {left.length > 0 && (
          <Parts
            title={rows.length === 1 ? undefined : t('delete.left', { count: left.length })}
            deletions={left.map(({ deletion }) => deletion)}
          />
        )}
        {first.table !== 'policies' && going.length > 0 && <Notice tone="attention">{t('delete.final')}</Notice>}
        {mustType && (
          <TextField
            label={t('delete.type', { count: going.length })}
            value={typed}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {remove.error !== null && <Problem title={t('delete.failed')} error={remove.error} />}
      </Stack>
    </Dialog>
  )
}

function deletionOf(row: Deletable, snapshots: readonly SnapshotRow[]): Deletion {
  if (row.table === 'volumes') return deletionOfVolume(row)
  if (row.table === 'snapshots') return deletionOfSnapshot(row, snapshots)
  return { key: row.key, name: row.name, namespace: row.namespace, parts: [] }
}

function Parts({ title, deletions }: { title: string | undefined; deletions: readonly Deletion[] }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const words = (part: DeletionPart): string => {
    if (part.part === 'data-goes' || part.part === 'data-stays') {
      return part.bytes === undefined
        ? t(`part.${part.part}`)
        : t(`part.${part.part}-bytes`, { size: format.bytes(part.bytes) })
    }
    const { part: id, ...values } = part
    return t(`part.${id}`, values)
  }
  return (
    <section>
      {title !== undefined && <h3>{title}</h3>}
      <ul className={styles['parts']}>
        {deletions.slice(0, mostNames).map(({ key, name, namespace, parts, refused }) => (
          <li key={key}>
            {deletions.length > 1 && (
              <strong>
                {name} <span className={styles['muted']}>{namespace}</span>
              </strong>
            )}
            <ul>
              {(refused === undefined ? parts : [refused]).map((part) => (
                <li key={JSON.stringify(part)}>{words(part)}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {deletions.length > mostNames && <p>{t('andMore', { count: deletions.length - mostNames })}</p>}
    </section>
  )
}
