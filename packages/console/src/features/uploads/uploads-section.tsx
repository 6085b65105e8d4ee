/** Files on their way: what this page sends, what waits here, and what became of it. */

import { useEffect, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Tone, UploadInfo } from '@berth/view'
import { useFormat, useMessages } from '../../i18n/index.ts'
import {
  Button,
  Buttons,
  ConfirmDialog,
  CopyButton,
  Dialog,
  Empty,
  FileField,
  IconButton,
  Problem,
  ProgressBar,
  Section,
  Skeleton,
  Stack,
  StatusMark,
  Table,
  showToast,
} from '../../ui/index.ts'
import { useTasks } from '../tasks/index.ts'
import { askUpload } from './asked.ts'
import { packed } from './pack-files.ts'
import { timeLeft } from './rate.ts'
import { cancelUpload, pauseSend, resumeSend, sendFile, useEnded, useSends, type Send } from './sends.ts'
import { listUploads, uploadsKey, wishFor } from './upload-calls.ts'
import styles from './uploads.module.css'

interface Line extends UploadInfo {
  send: Send | undefined
}

const lookEveryMs = 2000

export function UploadsSection() {
  const t = useMessages('uploads')
  const sends = useSends()
  const ended = useEnded()
  const client = useQueryClient()
  const [resume, setResume] = useState<UploadInfo>()
  const [remove, setRemove] = useState<UploadInfo>()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: uploadsKey,
    queryFn: async ({ signal }) => listUploads(signal),
    refetchInterval: lookEveryMs,
    retry: false,
  })
  useEffect(() => {
    if (ended > 0) void client.invalidateQueries({ queryKey: uploadsKey })
  }, [ended, client])
  const lines: Line[] = (data ?? []).map((info) => ({ ...info, send: sends.find(({ id }) => id === info.id) }))
  return (
    <Section
      title={t('list')}
      actions={
        <Button kind="primary" icon="upload" onClick={() => askUpload({})}>
          {t('upload')}
        </Button>
      }
    >
      {error !== null && <Problem title={t('unreadable')} error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton lines={3} />}
      {data !== undefined && lines.length === 0 && (
        <Empty icon="upload" title={t('none')}>
          {t('noneText')}
        </Empty>
      )}
      {lines.length > 0 && (
        <Table
          label={t('table')}
          stacks
          items={lines}
          keyOf={({ id }) => id}
          columns={[
            { id: 'name', title: t('file'), width: '18rem', cell: fileCell },
            { id: 'state', title: t('stateTitle'), cell: stateCell },
            {
              id: 'actions',
              title: t('actions'),
              align: 'end',
              cell: actionsCell({ onResume: setResume, onRemove: setRemove }),
            },
          ]}
        />
      )}
      {resume !== undefined && <ResumeDialog info={resume} onClose={() => setResume(undefined)} />}
      {remove !== undefined && <RemoveDialog info={remove} onClose={() => setRemove(undefined)} />}
    </Section>
  )
}

const fileCell = (line: Line) => <FileCell line={line} />
const stateCell = (line: Line) => <StateCell line={line} />
function actionsCell({ onResume, onRemove }: Record<'onResume' | 'onRemove', (info: UploadInfo) => void>) {
  return (line: Line) => <Actions line={line} onResume={() => onResume(line)} onRemove={() => onRemove(line)} />
}

function FileCell({ line: { name, size, sha256, wish, createdAt } }: { line: Line }) {
  const t = useMessages('uploads')
  const format = useFormat()
  return (
    <div className={styles['cell']}>
      <span>{name}</span>
      <span className={styles['muted']}>
        {format.bytes(size)} · {format.relative(createdAt)}
        {wish !== undefined &&
          ` · ${t(wish.kind === 'disk' ? 'toDisk' : 'toMachine', { name: wish.name, namespace: wish.namespace })}`}
      </span>
      {sha256 !== undefined && (
        <span className={styles['sum']}>
          SHA-256 <code>{sha256}</code> <CopyButton text={sha256} />
        </span>
      )}
    </div>
  )
}

const tones: Record<UploadInfo['state'], Tone> = {
  receiving: 'starting',
  checking: 'starting',
  here: 'stopped',
  delivering: 'starting',
  failed: 'attention',
}

function StateCell({ line }: { line: Line }) {
  const t = useMessages('uploads')
  const words = useMessages('storage')
  const format = useFormat()
  const tasks = useTasks()
  const { send, state, size, received, message, task: id, expiresAt } = line
  if (state === 'receiving') {
    const sent = Math.max(received, send?.sent ?? 0)
    const left =
      send === undefined ? undefined : timeLeft({ size, sent, ...(send.rate === undefined ? {} : { rate: send.rate }) })
    const word = send?.state ?? 'interrupted'
    const moving = word === 'sending'
    return (
      <div className={styles['cell']}>
        <StatusMark tone={moving ? 'starting' : word === 'failed' ? 'attention' : 'stopped'}>
          {t(`send.${word}`)}
        </StatusMark>
        <ProgressBar value={sent / size} label={t('progressOf', { name: line.name })} />
        <span className={styles['muted']}>
          {t('sent', { sent: format.bytes(sent), size: format.bytes(size) })}
          {moving && send?.rate !== undefined && ` · ${t('rate', { rate: format.bytes(send.rate) })}`}
          {moving && left !== undefined && ` · ${t('left', { time: format.duration(left) })}`}
        </span>
        {word === 'failed' && <span>{send?.error === '' ? t('lineBroken') : send?.error}</span>}
        {word === 'interrupted' && (
          <span className={styles['muted']}>{t('interruptedText', { when: format.time(expiresAt) })}</span>
        )}
      </div>
    )
  }
  const task = tasks.find((each) => each.id === id)
  return (
    <div className={styles['cell']}>
      <StatusMark tone={tones[state]}>{t(`state.${state}`)}</StatusMark>
      {task?.progress !== undefined && (
        <span className={styles['muted']}>
          {/^\w+$/.test(task.progress)
            ? words(`status.${task.progress}`, { defaultValue: task.progress })
            : task.progress}
        </span>
      )}
      {task !== undefined && task.count > 1 && (
        <span className={styles['muted']}>{t('partsDone', { done: task.done, count: task.count })}</span>
      )}
      {state === 'failed' && message !== undefined && <span>{message}</span>}
    </div>
  )
}

function Actions({ line, onResume, onRemove }: { line: Line; onResume: () => void; onRemove: () => void }) {
  const t = useMessages('uploads')
  const client = useQueryClient()
  const { send, state, name, id, wish, sha256, expected } = line
  const again = useMutation({
    mutationFn: async () => wish !== undefined && wishFor(id, wish),
    onError: (error) => showToast({ text: error.message, tone: 'danger' }),
    onSettled: async () => client.invalidateQueries({ queryKey: uploadsKey }),
  })
  const damaged = expected !== undefined && sha256 !== undefined && expected !== sha256
  return (
    <Buttons>
      {state === 'receiving' && send?.state === 'sending' && (
        <IconButton icon="pause" label={t('pause', { name })} onClick={() => pauseSend(id)} />
      )}
      {state === 'receiving' && send !== undefined && send.state !== 'sending' && (
        <Button icon="play" onClick={() => resumeSend(id)}>
          {t('goOn')}
        </Button>
      )}
      {state === 'receiving' && send === undefined && (
        <Button icon="play" onClick={onResume}>
          {t('goOn')}
        </Button>
      )}
      {state === 'failed' && wish !== undefined && !damaged && (
        <Button icon="restart" busy={again.isPending} onClick={() => again.mutate()}>
          {t('again')}
        </Button>
      )}
      {(state === 'here' || state === 'failed') && !damaged && (
        <Button icon="edit" onClick={() => askUpload({ info: line })}>
          {t('use')}
        </Button>
      )}
      <IconButton icon="remove" label={t('remove', { name })} onClick={onRemove} />
    </Buttons>
  )
}

/** A page may not open a file by itself again. */
function ResumeDialog({ info, onClose }: { info: UploadInfo; onClose: () => void }) {
  const t = useMessages('uploads')
  const format = useFormat()
  const [file, setFile] = useState<File>()
  const other =
    file !== undefined && (file.size !== info.size || file.name !== info.name)
      ? t('otherFile', { name: info.name, size: format.bytes(info.size) })
      : file?.lastModified !== info.modified && file !== undefined && info.modified !== undefined
        ? t('changedFile', { name: info.name })
        : undefined
  const begin = useMutation({
    mutationFn: async () => file !== undefined && sendFile(file, { id: info.id }),
    onSuccess: onClose,
  })
  return (
    <Dialog
      title={t('resumeTitle', { name: info.name })}
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          icon="play"
          reason={file === undefined ? t('noFile') : other}
          busy={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {t('goOn')}
        </Button>
      }
    >
      <Stack>
        <p>{t('resumeText', { received: format.bytes(info.received), size: format.bytes(info.size) })}</p>
        <FileField label={t('file')} multiple error={other} onChoose={(files) => setFile(packed(files))} />
        {begin.error !== null && <Problem title={t('failed')} error={begin.error} />}
      </Stack>
    </Dialog>
  )
}

function RemoveDialog({ info, onClose }: { info: UploadInfo; onClose: () => void }) {
  const t = useMessages('uploads')
  const client = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => cancelUpload(info.id),
    onSuccess: onClose,
    onSettled: async () => client.invalidateQueries({ queryKey: uploadsKey }),
  })
  return (
    <ConfirmDialog
      title={t('removeTitle', { name: info.name })}
      confirm={t('removeConfirm')}
      danger
      busy={isPending}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      <Stack>
        <p>{t(info.state === 'delivering' ? 'removeDelivering' : 'removeText')}</p>
        {error !== null && <Problem title={t('failed')} error={error} />}
      </Stack>
    </ConfirmDialog>
  )
}
