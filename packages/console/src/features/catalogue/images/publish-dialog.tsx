/** Copies an image into another namespace, so that those who may use that one may use it; and takes copies back. */

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { nextVersion } from '@berth/api'
import { publishedCopy, type ImageRow } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Form, Notice, Problem, Stack, showToast } from '../../../ui/index.ts'
import { makeImage } from './calls.ts'
import { useReaders } from './image-cells.tsx'
import { useImagePlace } from './place-field.tsx'
import styles from './images.module.css'
import type { Images } from './use-images.ts'

export function PublishDialog({
  row,
  images,
  onClose,
}: {
  row: ImageRow
  images: Images
  onClose: () => void
}): ReactNode {
  const t = useMessages('catalogue')
  const readers = useReaders()
  const copies = copiesOf(row, images)
  const { place, fields } = useImagePlace(undefined, [row.namespace, ...copies.map(({ namespace }) => namespace)])
  const there = images.rows.filter(
    (each) => each.cluster === row.cluster && each.namespace === place.namespace && each.image === row.image,
  )
  const head = there.find(({ version }) => version === undefined)
  const foreign = head !== undefined && head.follows === undefined
  const taken = there.some(({ version }) => version === row.version)
  const version = row.version === undefined || taken ? nextVersion(there.map(labelsOf)) : row.version
  const publish = useMutation({
    mutationFn: async () =>
      makeImage(
        row.cluster,
        { made: publishedCopy(row, { namespace: place.namespace, version }), head },
        'publish-image',
      ),
    onSuccess() {
      showToast({
        text: t('images.publishing', { name: row.name, readers: readers(place.namespace) }),
        tone: 'success',
      })
      onClose()
    },
  })
  const reason =
    place.namespace === '' ? t('images.noPlace') : foreign ? t('images.nameTaken', { name: row.image }) : undefined
  return (
    <Dialog
      title={t('images.publishTitle', { name: row.name })}
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={publish.isPending} onClick={() => publish.mutate()}>
          {t('images.publishNow')}
        </Button>
      }
    >
      <Stack>
        <p>{t('images.publishText', { readers: readers(row.namespace) })}</p>
        <Form>{fields}</Form>
        {copies.length > 0 && (
          <Notice>
            {t('images.publishedIn')}
            <ul className={styles['parts']}>
              {copies.map((copy) => (
                <li key={copy.key}>
                  {readers(copy.namespace)}: {copy.name}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {publish.error !== null && <Problem title={t('images.notDone')} error={publish.error} />}
      </Stack>
    </Dialog>
  )
}

/** In other namespaces. */
export function copiesOf(row: ImageRow, { rows }: Images): ImageRow[] {
  return rows.filter(
    ({ cluster, origin, follows }) =>
      cluster === row.cluster &&
      follows === undefined &&
      origin.kind === 'copy' &&
      origin.name === `${row.namespace}/${row.name}`,
  )
}

/** As nextVersion reads them. */
export function labelsOf({ image, version }: ImageRow): Record<string, string> {
  return version === undefined ? {} : { 'berth.dev/image': image, 'berth.dev/image-version': String(version) }
}
