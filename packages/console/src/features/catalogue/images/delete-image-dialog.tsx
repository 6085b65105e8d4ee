/** Deletes an image or a version of it: what goes, what stays, and why it may not be done now. */

import { useState, type ReactNode } from 'react'
import { deletionOfImage, type ImageDeletion, type ImageRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { CheckboxField, Notice } from '../../../ui/index.ts'
import { deleteImages } from './calls.ts'
import { ConfirmAction } from './confirm-action.tsx'
import styles from './images.module.css'

/** @param rows in their order; several are an image with all its versions */
export function DeleteImageDialog({
  rows: given,
  head,
  onClose,
}: {
  rows: readonly ImageRow[]
  head?: ImageRow | undefined
  onClose: () => void
}): ReactNode {
  const t = useMessages('catalogue')
  const [rows] = useState(given)
  const [disks, setDisks] = useState<ReadonlySet<string>>(new Set())
  const deletions = rows.map((row) => ({ row, deletion: deletionOfImage(row, head) }))
  const refused = deletions.find(({ deletion }) => deletion.refused !== undefined)?.deletion.refused
  const first = rows[0]
  if (first === undefined) return null
  const copy = rows.some(({ origin }) => origin.kind === 'copy')
  const name = rows.length === 1 ? first.name : first.image
  const going = new Set([
    ...disks,
    ...deletions.filter(({ deletion }) => deletion.disk === 'goes').map(({ row }) => row.key),
  ])
  return (
    <ConfirmAction
      title={t(copy ? 'images.withdrawTitle' : 'images.deleteTitle', { name, namespace: first.namespace })}
      confirm={t(copy ? 'images.withdraw' : 'images.delete')}
      done={t('images.deleting', { name })}
      reason={refused === undefined ? undefined : t(`images.refused.${refused.part}`, { ...refused })}
      act={async () => deleteImages(rows, going)}
      onClose={onClose}
    >
      {copy && <p>{t('images.withdrawText')}</p>}
      {refused !== undefined && <Notice tone="attention">{t(`images.refused.${refused.part}`, { ...refused })}</Notice>}
      <ul className={styles['parts']}>
        {deletions.map(({ row, deletion }) => (
          <li key={row.key}>
            <strong>{row.name}</strong>
            <Parts deletion={deletion} />
            {deletion.disk === 'asked' && (
              <CheckboxField
                label={t('images.diskToo', { disk: row.disk?.name ?? '' })}
                checked={disks.has(row.key)}
                onChange={(event) => {
                  const next = new Set(disks)
                  if (event.currentTarget.checked) next.add(row.key)
                  else next.delete(row.key)
                  setDisks(next)
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {going.size > 0 && <Notice tone="attention">{t('images.final')}</Notice>}
    </ConfirmAction>
  )
}

function Parts({ deletion: { parts } }: { deletion: ImageDeletion }): ReactNode {
  const t = useMessages('catalogue')
  const format = useFormat()
  if (parts.length === 0) return null
  return (
    <ul className={styles['parts']}>
      {parts.map((part) => {
        const { part: id, ...values } = part
        const size = 'bytes' in part && part.bytes !== undefined ? ` (${format.bytes(part.bytes)})` : ''
        return <li key={JSON.stringify(part)}>{t(`images.part.${id}`, values) + size}</li>
      })}
    </ul>
  )
}
