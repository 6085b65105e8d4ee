/** The images that machines and disks are made from, the schedules that keep some fresh, and builds: with all that can be done. */

import { lazy, Suspense, useState, type ReactNode } from 'react'
import { isRetired, type ImageGroup } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import {
  Button,
  Empty,
  Menu,
  Notice,
  Section,
  Skeleton,
  Stack,
  SwitchField,
  TextField,
  type MenuItem,
} from '../../../ui/index.ts'
import { askUpload } from '../../uploads/index.ts'
import { newFroms, type Ask, type AskedImage } from './asked.ts'
import { BuildsSection } from './builds-section.tsx'
import { FreshSection } from './fresh-section.tsx'
import { ImageTable } from './image-table.tsx'
import styles from './images.module.css'
import { useImages } from './use-images.ts'

const ImageDialogs = lazy(async () => ({ default: (await import('./image-dialogs.tsx')).ImageDialogs }))
const DetailsDialog = lazy(async () => ({ default: (await import('./details-dialog.tsx')).DetailsDialog }))

export function ImagesSection(): ReactNode {
  const t = useMessages('catalogue')
  const images = useImages()
  const { q = '', retired, image } = useSearch()
  const setSearch = useSetSearch()
  const [asked, setAsked] = useState<AskedImage>()
  const all = retired !== undefined
  const found = images.groups.filter((group) => (all || !isRetired(group)) && matches(group, q))
  const hidden = images.rows.filter((row) => row.retired && row.follows === undefined).length
  const shown = images.rows.find(({ key }) => key === image)
  return (
    <Stack gap={4}>
      <Section title={t('images.title')} actions={<AddMenu ask={setAsked} />}>
        <Stack>
          {images.closed.map(({ cluster, message }) => (
            <Notice key={cluster} tone="attention" title={t('unreadable', { cluster })}>
              {message}
            </Notice>
          ))}
          {images.refusal !== undefined && <Notice tone="danger">{images.refusal}</Notice>}
          {images.groups.length > 0 && (
            <div className={styles['bar']}>
              <TextField
                className={styles['search'] ?? ''}
                aria-label={t('images.search')}
                placeholder={t('images.search')}
                value={q}
                onChange={(event) => setSearch({ q: event.currentTarget.value })}
              />
              <SwitchField
                label={t('images.showRetired', { count: hidden })}
                checked={all}
                onChange={(event) => setSearch({ retired: event.currentTarget.checked ? '1' : undefined })}
              />
            </div>
          )}
          <List images={images} found={found} q={q} all={all} ask={setAsked} />
          {images.more > 0 && <Notice>{t('images.more', { count: images.more })}</Notice>}
        </Stack>
      </Section>
      <FreshSection rows={images.fresh} ask={setAsked} />
      <BuildsSection rows={images.builds} ask={setAsked} />
      <Suspense>
        {asked !== undefined && <ImageDialogs asked={asked} images={images} onClose={() => setAsked(undefined)} />}
        {shown !== undefined && asked === undefined && (
          <DetailsDialog
            row={shown}
            images={images}
            ask={(next) => {
              // The list is what comes after it.
              setSearch({ image: undefined })
              setAsked(next)
            }}
            onClose={() => setSearch({ image: undefined })}
          />
        )}
      </Suspense>
    </Stack>
  )
}

function List({
  images,
  found,
  q,
  all,
  ask,
}: {
  images: ReturnType<typeof useImages>
  found: readonly ImageGroup[]
  q: string
  all: boolean
  ask: Ask
}): ReactNode {
  const t = useMessages('catalogue')
  if (!images.seen && images.refusal === undefined) return <Skeleton lines={3} />
  if (images.groups.length === 0) {
    return (
      <Empty icon="image" title={t('images.none')} action={<AddMenu ask={ask} />}>
        {t('images.noneText')}
      </Empty>
    )
  }
  if (found.length === 0) {
    return <Empty icon="image" title={q === '' ? t('images.allRetired') : t('images.noneFound', { q })} />
  }
  return <ImageTable groups={found} builds={images.builds} retired={all} ask={ask} />
}

function matches({ image, namespace, head, versions }: ImageGroup, q: string): boolean {
  const wanted = q.trim().toLowerCase()
  const texts = [image, namespace, head.description ?? '', head.origin.name ?? '', ...versions.map(({ name }) => name)]
  return texts.some((text) => text.toLowerCase().includes(wanted))
}

/** Every way there is to an image, in words of what one has. */
function AddMenu({ ask }: { ask: Ask }): ReactNode {
  const t = useMessages('catalogue')
  const item = (id: string, icon: MenuItem['icon'], onSelect: () => void): MenuItem => ({
    id,
    label: t(`images.add.${id}`),
    detail: t(`images.add.${id}Text`),
    ...(icon === undefined ? {} : { icon }),
    onSelect,
  })
  const icons = { http: 'download', registry: 'template', pvc: 'disk', snapshot: 'clock' } as const
  const groups = [
    {
      items: [
        item('build', 'template', () => ask({ kind: 'build' })),
        item('upload', 'upload', () => askUpload({ image: true })),
        ...newFroms.map((from) => item(from, icons[from], () => ask({ kind: 'new', from }))),
        item('fresh', 'restart', () => ask({ kind: 'fresh' })),
      ],
    },
  ]
  return (
    <Menu groups={groups} label={t('images.addTitle')} align="end">
      <Button kind="primary" icon="add">
        {t('images.addTitle')}
      </Button>
    </Menu>
  )
}
