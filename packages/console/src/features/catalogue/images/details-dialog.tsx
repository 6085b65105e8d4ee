/** All there is to say of an image: where it is from, who may use it, which disks and machines do, its copies elsewhere. */

import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import type { ImageRow, ImageUser } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { machinePath, storagePath } from '../../../routes/paths.ts'
import { Button, Dialog, KeyValues, Section, Stack, Table, type TableColumn } from '../../../ui/index.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import type { Ask } from './asked.ts'
import { ImageStateCell, OriginCell, useReaders } from './image-cells.tsx'
import { machineFrom } from './image-menu.ts'
import styles from './images.module.css'
import { copiesOf } from './publish-dialog.tsx'
import type { Images } from './use-images.ts'

export interface DetailsDialogProps {
  row: ImageRow
  images: Images
  ask: Ask
  onClose: () => void
}

export function DetailsDialog({ row, images, ask, onClose }: DetailsDialogProps): ReactNode {
  const t = useMessages('catalogue')
  const format = useFormat()
  const readers = useReaders()
  const ready = row.state === 'ready' ? undefined : t('images.notReady')
  const copies = copiesOf(row, images)
  // Of a name with versions all that they are used by.
  const of = row.follows === undefined ? [row] : [row, ...images.rows.filter((each) => isVersionOf(each, row))]
  const users = of.flatMap((each) => each.users)
  const count = of.reduce((sum, { userCount }) => sum + userCount, 0)
  return (
    <Dialog
      title={row.name}
      size="large"
      closeWord={t('make.close')}
      onClose={onClose}
      actions={
        <>
          <Button icon="disk" reason={ready} onClick={() => ask({ kind: 'disk', row })}>
            {t('images.newDisk')}
          </Button>
          <Button kind="primary" icon="add" reason={ready} href={machineFrom(row)}>
            {t('images.newVm')}
          </Button>
        </>
      }
    >
      <Stack gap={4}>
        {row.description !== undefined && <p>{row.description}</p>}
        <KeyValues
          facts={[
            { label: t('images.state'), value: <ImageStateCell row={row} /> },
            {
              label: t('images.version'),
              value:
                row.version === undefined
                  ? row.follows && t('images.standsFor', { name: row.follows })
                  : `v${String(row.version)}`,
            },
            { label: t('images.size'), value: row.size === undefined ? undefined : format.bytes(row.size) },
            { label: t('images.from'), value: <OriginCell origin={row.origin} /> },
            { label: t('images.readers'), value: readers(row.namespace) },
            { label: t('namespace'), value: row.namespace },
            {
              label: t('images.disk'),
              value: row.disk && <DiskLink row={row} name={row.disk.name} namespace={row.namespace} />,
            },
            { label: t('images.preference'), value: row.preference },
            { label: t('images.made'), value: format.time(row.created) },
          ]}
        />
        <Section title={t('images.usedBy')}>
          {count === 0 ? (
            <p className={styles['muted']}>{t('images.unusedText')}</p>
          ) : (
            <Table
              label={t('images.usedBy')}
              items={users}
              keyOf={({ namespace, name }) => `${namespace}/${name}`}
              columns={userColumns({ t, row })}
            />
          )}
          {count > users.length && <p>{t('images.moreDisks', { count: count - users.length })}</p>}
        </Section>
        {copies.length > 0 && (
          <Section title={t('images.copies')}>
            <Table
              label={t('images.copies')}
              items={copies}
              keyOf={({ key }) => key}
              columns={copyColumns({ t, readers, images, ask })}
            />
          </Section>
        )}
      </Stack>
    </Dialog>
  )
}

const isVersionOf = ({ cluster, namespace, image, version }: ImageRow, head: ImageRow): boolean =>
  version !== undefined && cluster === head.cluster && namespace === head.namespace && image === head.image

/** The only version of a copy goes with its name. */
function Withdraw({ copy, images, ask }: { copy: ImageRow; images: Images; ask: Ask }): ReactNode {
  const t = useMessages('catalogue')
  const group = images.groups.find(
    ({ cluster, namespace, image }) => cluster === copy.cluster && namespace === copy.namespace && image === copy.image,
  )
  const alone = group !== undefined && group.versions.length <= 1
  return (
    <Button
      kind="quiet"
      icon="remove"
      onClick={() =>
        ask(
          alone
            ? { kind: 'delete-all', group }
            : { kind: 'delete', row: copy, ...(group === undefined ? {} : { head: group.head }) },
        )
      }
    >
      {t('images.withdraw')}
    </Button>
  )
}

function DiskLink({ row, name, namespace }: { row: ImageRow; name: string; namespace: string }): ReactNode {
  const q = [termFor('cluster', row.cluster), termFor('namespace', namespace), termFor('name', name)].join(' ')
  return (
    <Link
      href={storagePath({ q, detail: `${row.cluster}/volumes/${namespace}/${name}` })}
    >{`${namespace}/${name}`}</Link>
  )
}

function Machines({ cluster, user: { namespace, machines } }: { cluster: string; user: ImageUser }): ReactNode {
  if (machines.length === 0) return '–'
  return (
    <span className={styles['origin']}>
      {machines.map((name) => (
        <Link key={name} href={machinePath({ cluster, namespace, name })}>
          {name}
        </Link>
      ))}
    </span>
  )
}

function userColumns({ t, row }: { t: TFunction; row: ImageRow }): TableColumn<ImageUser>[] {
  return [
    {
      id: 'disk',
      title: t('images.disk'),
      cell: (user) =>
        user.planned ? (
          `${user.namespace}/${user.name}`
        ) : (
          <DiskLink row={row} name={user.name} namespace={user.namespace} />
        ),
    },
    {
      id: 'machines',
      title: t('images.machines'),
      cell: (user) => <Machines cluster={row.cluster} user={user} />,
    },
    {
      id: 'state',
      title: t('images.state'),
      cell: ({ filling, planned }) => t(planned ? 'images.planned' : filling ? 'images.copying' : 'images.copied'),
    },
  ]
}

function copyColumns({
  t,
  readers,
  images,
  ask,
}: {
  t: TFunction
  readers: (namespace: string) => string
  images: Images
  ask: Ask
}): TableColumn<ImageRow>[] {
  return [
    { id: 'name', title: t('name'), cell: ({ name }) => name },
    { id: 'readers', title: t('images.readers'), cell: ({ namespace }) => readers(namespace) },
    { id: 'state', title: t('images.state'), cell: (copy) => <ImageStateCell row={copy} /> },
    {
      id: 'withdraw',
      title: t('images.actions'),
      align: 'end',
      cell: (copy) => <Withdraw copy={copy} images={images} ask={ask} />,
    },
  ]
}
