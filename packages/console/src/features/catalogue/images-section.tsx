/** Images that disks are made from: published ones, and imports that are under way. */

import { dataSources, dataVolumes, type DataSource, type DataVolume } from '@berth/api'
import { getCondition } from '@berth/meta'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { createPath } from '../../routes/paths.ts'
import { Button, CodeBlock, Empty, ProgressBar, Section, Skeleton, Stack, StatusMark, Table } from '../../ui/index.ts'
import { askUpload } from '../uploads/index.ts'
import styles from './catalogue.module.css'
import { Failures } from './failures.tsx'
import { ImageBuilds, ImportCrons } from './image-builds.tsx'
import { useLists, type Listed } from './use-lists.ts'

/** Imports move; this is a page that people watch. */
const lookEveryMs = 3000

const buildCommand = 'berth image build debian-12'

export function ImagesSection() {
  const t = useMessages('catalogue')
  const format = useFormat()
  const images = useLists(dataSources)
  const volumes = useLists(dataVolumes, undefined, lookEveryMs)
  const imports = volumes.items.filter(
    ({ item }) => item.spec.source?.http !== undefined || item.spec.sourceRef !== undefined,
  )
  return (
    <Stack gap={4}>
      <Section
        title={t('images.title')}
        actions={
          <Button icon="upload" onClick={() => askUpload({ image: true })}>
            {t('images.upload')}
          </Button>
        }
      >
        <Failures failures={images.failures} onRetry={images.refetch} />
        {images.loading ? (
          <Skeleton lines={3} />
        ) : images.items.length === 0 ? (
          <Empty
            icon="image"
            title={t('images.none')}
            action={<CodeBlock text={buildCommand} label={t('images.command')} />}
          >
            {t('images.noneText')}
          </Empty>
        ) : (
          <Table
            label={t('images.title')}
            items={images.items}
            keyOf={({ cluster, item }) => `${cluster}/${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`}
            columns={[
              { id: 'name', title: t('name'), cell: ({ item }) => item.metadata.name },
              { id: 'namespace', title: t('namespace'), cell: ({ item }) => item.metadata.namespace },
              {
                id: 'size',
                title: t('images.size'),
                align: 'end',
                cell: ({ item }) => item.metadata.annotations?.['berth.dev/disk-size'] ?? '–',
              },
              {
                id: 'from',
                title: t('images.from'),
                cell: ({ item }) => fromOf(item),
              },
              {
                id: 'age',
                title: t('images.age'),
                cell: ({ item }) => format.relative(item.metadata.creationTimestamp ?? ''),
              },
              {
                id: 'use',
                title: t('images.use'),
                cell: (image) => makeFrom(image, t('create')),
              },
            ]}
          />
        )}
      </Section>
      <ImageBuilds />
      <ImportCrons />
      <Section title={t('images.imports')}>
        <Failures failures={volumes.failures} onRetry={volumes.refetch} />
        {volumes.loading ? (
          <Skeleton lines={2} />
        ) : imports.length === 0 ? (
          <Empty icon="download" title={t('images.noImports')} />
        ) : (
          <Table
            label={t('images.imports')}
            items={imports}
            keyOf={({ cluster, item }) => `${cluster}/${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`}
            columns={[
              {
                id: 'name',
                title: t('images.disk'),
                width: '14rem',
                cell: ({ item }) => `${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`,
              },
              { id: 'from', title: t('images.from'), cell: ({ item }) => originOf(item) },
              {
                id: 'state',
                title: t('images.state'),
                width: '14rem',
                cell: ({ item }) => importState(item),
              },
            ]}
          />
        )}
      </Section>
    </Stack>
  )
}

const importState = (volume: DataVolume) => <ImportState volume={volume} />

function makeFrom({ cluster, item }: Listed<DataSource>, word: string) {
  const { namespace = '', name = '' } = item.metadata
  return (
    <Button icon="add" kind="quiet" href={createPath({ image: `${cluster}/${namespace}/${name}` })}>
      {word}
    </Button>
  )
}

/** The file it came from, else the disk or snapshot that holds it. */
function fromOf({ metadata, spec }: DataSource): string {
  const held = spec.source.pvc ?? spec.source.snapshot ?? spec.source.dataSource
  return metadata.annotations?.['berth.dev/from-file'] ?? `${held?.namespace ?? ''}/${held?.name ?? ''}`
}

function originOf({ spec }: DataVolume): string {
  return spec.source?.http?.url ?? `${spec.sourceRef?.namespace ?? ''}/${spec.sourceRef?.name ?? ''}`
}

function ImportState({ volume: { spec, status } }: { volume: DataVolume }) {
  const t = useMessages('catalogue')
  const phase = status?.phase ?? 'Pending'
  if (phase === 'Succeeded') return <StatusMark tone="running">{t('images.done')}</StatusMark>
  const source = spec.source?.http?.url ?? ''
  const running = getCondition(status?.conditions, 'Running')
  const trouble = running?.status === 'False' && running.reason === 'Error' ? running.message : undefined
  if (trouble !== undefined) {
    return (
      <Stack gap={1}>
        <StatusMark tone="attention">{t('images.trouble')}</StatusMark>
        <span className={styles['muted']}>{trouble.replace(`${source}: `, '')}</span>
      </Stack>
    )
  }
  if (phase === 'Failed') return <StatusMark tone="attention">{t('images.failed')}</StatusMark>
  const share = Number.parseFloat(status?.progress ?? '')
  return (
    <Stack gap={1}>
      <StatusMark tone="starting">
        {status?.progress === undefined || Number.isNaN(share) ? phase : `${phase} ${status.progress}`}
      </StatusMark>
      <ProgressBar label={phase} {...(Number.isNaN(share) ? {} : { value: share / 100 })} />
    </Stack>
  )
}
