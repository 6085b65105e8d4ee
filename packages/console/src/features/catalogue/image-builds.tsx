/** Images that are being built: how far, with the log of the machine that sets them up; and imports that are done again by a schedule. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { dataImportCrons, imageBuilds, type ImageBuild } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import type { Tone } from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../backend/index.ts'
import { useFormat, useMessages } from '../../i18n/index.ts'
import {
  Button,
  Buttons,
  CodeBlock,
  Dialog,
  Empty,
  ProgressBar,
  Section,
  Stack,
  StatusMark,
  Table,
  showToast,
} from '../../ui/index.ts'
import { Failures } from './failures.tsx'
import { NewBuildDialog } from './new-build-dialog.tsx'
import styles from './catalogue.module.css'
import { useLists, type Listed } from './use-lists.ts'

const lookEveryMs = 3000
const tones: Partial<Record<string, Tone>> = { Succeeded: 'running', Failed: 'attention', Cancelled: 'stopped' }
const isOver = (phase: string): boolean => tones[phase] !== undefined

const keyOf = ({ cluster, item }: Listed<KubeObject>): string =>
  `${cluster}/${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`

export function ImageBuilds() {
  const t = useMessages('catalogue')
  const format = useFormat()
  const builds = useLists(imageBuilds, undefined, lookEveryMs)
  const [open, setOpen] = useState<string>()
  const [making, setMaking] = useState(false)
  const shown = builds.items.find((each) => keyOf(each) === open)
  return (
    <Section
      title={t('builds.title')}
      actions={
        <Button icon="add" onClick={() => setMaking(true)}>
          {t('builds.new')}
        </Button>
      }
    >
      <Failures failures={builds.failures} onRetry={builds.refetch} />
      {builds.items.length === 0 ? (
        <Empty icon="image" title={t('builds.none')} />
      ) : (
        <Table
          label={t('builds.title')}
          items={builds.items}
          keyOf={keyOf}
          columns={[
            { id: 'image', title: t('image'), cell: ({ item }) => item.spec.publish.name },
            { id: 'state', title: t('images.state'), cell: stateCell },
            {
              id: 'age',
              title: t('images.age'),
              cell: ({ item }) => format.relative(item.metadata.creationTimestamp ?? ''),
            },
            {
              id: 'use',
              title: t('images.use'),
              align: 'end',
              cell: buttonsCell(t('builds.log'), setOpen),
            },
          ]}
        />
      )}
      {shown !== undefined && <LogDialog build={shown} onClose={() => setOpen(undefined)} />}
      {making && <NewBuildDialog onClose={() => setMaking(false)} />}
    </Section>
  )
}

const stateCell = ({ item }: Listed<ImageBuild>) => <BuildState build={item} />
function buttonsCell(word: string, onOpen: (key: string) => void) {
  return (build: Listed<ImageBuild>) => (
    <Buttons>
      <Button kind="quiet" icon="console" onClick={() => onOpen(keyOf(build))}>
        {word}
      </Button>
      <CancelBuild build={build} />
    </Buttons>
  )
}

function BuildState({ build: { status } }: { build: ImageBuild }) {
  const t = useMessages('catalogue')
  const { phase = 'Pending', message, progress, step, version } = status ?? {}
  const share = Number.parseFloat(progress ?? '')
  return (
    <Stack gap={1}>
      <StatusMark tone={tones[phase] ?? 'starting'}>
        {t(`builds.phase.${phase}`) + (version === undefined ? '' : ` (v${version})`)}
      </StatusMark>
      {!isOver(phase) && <ProgressBar label={phase} {...(Number.isNaN(share) ? {} : { value: share / 100 })} />}
      <span className={styles['muted']}>{step ?? message}</span>
    </Stack>
  )
}

function CancelBuild({ build: { cluster, item } }: { build: Listed<ImageBuild> }) {
  const t = useMessages('catalogue')
  const client = useQueryClient()
  const cancel = useMutation({
    async mutationFn() {
      const { namespace = '', name = '' } = item.metadata
      const target = {
        cluster,
        group: imageBuilds.group,
        version: imageBuilds.version,
        resource: imageBuilds.resource,
        namespace,
        name,
      }
      const fresh = await clusterApi(cluster).get<ImageBuild>(target)
      const call = clusterCalls.update(target, { ...fresh, spec: { ...fresh.spec, cancel: true } } as ImageBuild)
      await runRequest('build-image', { target, calls: [call] })
    },
    onError: (error) => showToast({ text: error.message, tone: 'danger' }),
    onSettled: async () => client.invalidateQueries({ queryKey: ['k8s', cluster, imageBuilds.group] }),
  })
  if (isOver(item.status?.phase ?? 'Pending')) return null
  return (
    <Button kind="quiet" icon="stop" busy={cancel.isPending} onClick={() => cancel.mutate()}>
      {t('builds.cancel')}
    </Button>
  )
}

type ConfigMap = KubeObject & { data?: Record<string, string> }

function LogDialog({ build: { cluster, item }, onClose }: { build: Listed<ImageBuild>; onClose: () => void }) {
  const t = useMessages('catalogue')
  const { namespace = '' } = item.metadata
  const name = item.status?.logConfigMap
  const { data } = useQuery({
    queryKey: ['k8s', cluster, 'configmaps', namespace, name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<ConfigMap>(
        { group: '', version: 'v1', resource: 'configmaps', namespace, name: name ?? '' },
        signal,
      ),
    enabled: name !== undefined,
    refetchInterval: isOver(item.status?.phase ?? 'Pending') ? false : lookEveryMs,
    retry: false,
  })
  const log = data?.data?.['log']
  return (
    <Dialog
      title={t('builds.logOf', { name: item.spec.publish.name })}
      size="large"
      closeWord={t('make.close')}
      onClose={onClose}
    >
      <Stack>
        <BuildState build={item} />
        {log === undefined ? <p>{t('builds.noLog')}</p> : <CodeBlock text={log.trimEnd()} label={t('builds.log')} />}
      </Stack>
    </Dialog>
  )
}

export function ImportCrons() {
  const t = useMessages('catalogue')
  const format = useFormat()
  const crons = useLists(dataImportCrons)
  if (crons.items.length === 0) return null
  return (
    <Section title={t('crons.title')}>
      <Table
        label={t('crons.title')}
        items={crons.items}
        keyOf={keyOf}
        columns={[
          { id: 'name', title: t('name'), cell: ({ item }) => item.metadata.name },
          { id: 'image', title: t('image'), cell: ({ item }) => item.spec.managedDataSource },
          {
            id: 'from',
            title: t('images.from'),
            cell: ({ item }) =>
              item.spec.template.spec.source?.registry?.url ?? item.spec.template.spec.source?.http?.url,
          },
          { id: 'schedule', title: t('crons.schedule'), cell: ({ item }) => item.spec.schedule },
          {
            id: 'last',
            title: t('crons.last'),
            cell: ({ item }) =>
              item.status?.lastImportTimestamp === undefined
                ? t('crons.never')
                : format.relative(item.status.lastImportTimestamp),
          },
        ]}
      />
    </Section>
  )
}
