/** Writes the memory of a running guest into a disk, to be looked at elsewhere. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { VirtualMachine } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import { clusterCalls, runRequest } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, KeyValues, Notice, Problem, Segments, Stack, TextField, showToast } from '../../../ui/index.ts'
import { bytesIn, isName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'

export interface MemoryDumpDialogProps {
  cluster: string
  namespace: string
  machine: VirtualMachine
  running: boolean
  /** Quantity of the guest's memory. */
  memory: string | undefined
  onClose: () => void
  /** Of the last one, which is in `claim`. */
  onDownload: (claim: string) => void
}

const mebibyte = 2 ** 20
/** What a dump has beside the memory, and what a file system takes for itself. */
const besideBytes = 100 * mebibyte
const overhead = 1.06

interface DumpRequest {
  claimName?: string
  phase?: string
  fileName?: string
  message?: string
  endTimestamp?: string
}

export function MemoryDumpDialog({
  cluster,
  namespace,
  machine,
  running,
  memory,
  onClose,
  onDownload,
}: MemoryDumpDialogProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { name: of = '' } = machine.metadata
  // The request of the last dump, which the status keeps.
  const last = (machine.status as { memoryDumpRequest?: DumpRequest } | undefined)?.memoryDumpRequest
  const [into, setInto] = useState<'new' | 'present'>(last?.claimName === undefined ? 'new' : 'present')
  const [claim, setClaim] = useState(last?.claimName ?? `${of}-memory`)
  const size = Math.ceil((((bytesIn(memory ?? '') ?? 0) + besideBytes) * overhead) / mebibyte)
  const target = referenceTo(kindOf.machines, { cluster, namespace, name: of })
  const onMachine = { ...target, group: 'subresources.kubevirt.io', version: 'v1' }
  const dump = useMutation({
    mutationFn: async () => {
      const volume: KubeObject & { spec: object } = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claim, namespace },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: `${size}Mi` } } },
      }
      const calls = into === 'new' ? [clusterCalls.create(kindOf.claims, volume)] : []
      await runRequest(
        'memory-dump',
        { target, calls: [...calls, clusterCalls.subresource(onMachine, 'memorydump', { claimName: claim })] },
        'settled',
      )
    },
    onSuccess() {
      showToast({ text: t('dump.started', { name: claim }), tone: 'success' })
      onClose()
    },
  })
  const remove = useMutation({
    mutationFn: async () =>
      runRequest('delete-memory-dump', {
        target,
        calls: [clusterCalls.subresource(onMachine, 'removememorydump', {})],
      }),
    onSuccess: onClose,
  })
  const nameError = isName(claim) ? undefined : t('form.badName')
  return (
    <Dialog
      title={t('dump.title', { name: of })}
      onClose={onClose}
      actions={
        <>
          {last?.phase === 'Completed' && last.claimName !== undefined && (
            <Button icon="download" onClick={() => onDownload(last.claimName ?? '')}>
              {t('dump.get')}
            </Button>
          )}
          {last !== undefined && (
            <Button busy={remove.isPending} onClick={() => remove.mutate()}>
              {t('dump.remove')}
            </Button>
          )}
          <Button
            kind="primary"
            reason={running ? nameError : t('dump.notRunning')}
            busy={dump.isPending}
            onClick={() => dump.mutate()}
          >
            {t('dump.do')}
          </Button>
        </>
      }
    >
      <Stack>
        <p>{t('dump.what')}</p>
        {last !== undefined && (
          <KeyValues
            facts={[
              { label: t('dump.last'), value: t(`dump.phase.${last.phase ?? ''}`, { defaultValue: last.phase ?? '' }) },
              { label: t('dump.disk'), value: last.claimName },
              { label: t('dump.file'), value: last.fileName },
              {
                label: t('dump.when'),
                value: last.endTimestamp === undefined ? undefined : format.time(last.endTimestamp),
              },
            ]}
          />
        )}
        {last?.message !== undefined && last.message !== '' && <Notice tone="attention">{last.message}</Notice>}
        <Segments
          label={t('dump.into')}
          value={into}
          options={[
            { value: 'new', label: t('dump.new') },
            { value: 'present', label: t('dump.present') },
          ]}
          onChange={setInto}
        />
        <TextField
          label={t('dump.disk')}
          description={
            into === 'new'
              ? t('dump.newHint', { size: format.bytes(size * mebibyte) })
              : t('dump.presentHint', { size: format.bytes(size * mebibyte) })
          }
          value={claim}
          error={nameError}
          onChange={(event) => setClaim(event.currentTarget.value.trim())}
        />
        {(dump.error ?? remove.error) !== null && (
          <Problem title={t('dump.failed')} error={dump.error ?? remove.error} />
        )}
      </Stack>
    </Dialog>
  )
}
