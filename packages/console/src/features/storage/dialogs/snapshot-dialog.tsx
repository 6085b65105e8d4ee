/** Takes a snapshot of a machine: what is in it, what is not and why, and whether the guest holds still for it. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { isConditionTrue } from '@berth/meta'
import { newSnapshot } from '@berth/view'
import { clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  Dialog,
  Form,
  Notice,
  Problem,
  Stack,
  StatusMark,
  TextField,
  showToast,
  helpBelow,
} from '../../../ui/index.ts'
import { isName, timedName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import styles from './dialogs.module.css'

export interface SnapshotDialogProps {
  cluster: string
  namespace: string
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
  running: boolean
  onClose: () => void
}

export function SnapshotDialog({
  cluster,
  namespace,
  machine,
  instance,
  running,
  onClose,
}: SnapshotDialogProps): ReactNode {
  const t = useMessages('storage')
  const of = machine.metadata.name ?? ''
  const [name, setName] = useState(() => timedName(of, new Date()))
  const [note, setNote] = useState('')
  const [deadline, setDeadline] = useState('5m')
  const volumes = volumesOf(machine)
  const take = useMutation({
    mutationFn: async () =>
      runRequest(
        'take-snapshot',
        {
          target: referenceTo(kindOf.snapshots, { cluster, namespace, name }),
          calls: [clusterCalls.create(kindOf.snapshots, newSnapshot({ namespace, machine: of, name, note, deadline }))],
        },
        'settled',
      ),
    onSuccess() {
      showToast({ text: t('take.started', { name }), tone: 'success' })
      onClose()
    },
  })
  const nameError = isName(name) ? undefined : t('form.badName')
  const deadlineError = /^(\d+(h|m|s))+$/.test(deadline) ? undefined : t('take.badDeadline')
  return (
    <Dialog
      title={t('take.title', { name: of })}
      onClose={onClose}
      actions={
        <Button kind="primary" reason={nameError ?? deadlineError} busy={take.isPending} onClick={() => take.mutate()}>
          {t('take.do')}
        </Button>
      }
    >
      <Stack>
        <Form columns={2}>
          <TextField
            label={t('column.name')}
            value={name}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value.trim())}
          />
          <TextField
            label={t('take.deadline')}
            inputWrapperOrder={[...helpBelow]}
            description={t('take.deadlineHint')}
            value={deadline}
            error={deadlineError}
            onChange={(event) => setDeadline(event.currentTarget.value.trim())}
          />
        </Form>
        <TextField
          label={t('detail.note')}
          placeholder={t('take.noteExample')}
          value={note}
          maxLength={500}
          data-autofocus
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <section>
          <h3>{t('take.contents')}</h3>
          <ul className={styles['parts']}>
            {volumes.map((volume) => (
              <li key={volume.name} className={styles['volume']}>
                <StatusMark tone={volume.state === 'excluded' ? 'attention' : 'running'}>
                  {t(`take.${volume.state}`)}
                </StatusMark>
                <span>{volume.name}</span>
                {volume.reason !== undefined && <span className={styles['muted']}>{volume.reason}</span>}
              </li>
            ))}
            {volumes.length === 0 && <li>{t('take.noDisks')}</li>}
          </ul>
        </section>
        <Consistency instance={instance} running={running} />
        {take.error !== null && <Problem title={t('take.failed')} error={take.error} />}
      </Stack>
    </Dialog>
  )
}

/** Whether the guest is asked to write out what it holds decides what a snapshot is worth. */
function Consistency({ instance, running }: Pick<SnapshotDialogProps, 'instance' | 'running'>): ReactNode {
  const t = useMessages('storage')
  if (!running) return <Notice tone="success">{t('take.off')}</Notice>
  if (isConditionTrue(instance?.status?.conditions, 'AgentConnected'))
    return <Notice tone="success">{t('take.frozen')}</Notice>
  return <Notice tone="attention">{t('take.unfrozen')}</Notice>
}

interface VolumeOfSnapshot {
  name: string
  state: 'included' | 'excluded' | 'described'
  reason?: string
}

function volumesOf({ spec, status }: VirtualMachine): VolumeOfSnapshot[] {
  const told = new Map((status?.volumeSnapshotStatuses ?? []).map((each) => [each.name, each]))
  return (spec.template.spec.volumes ?? []).map((volume) => {
    const { persistentVolumeClaim, dataVolume, memoryDump } = volume
    const onClaim = [persistentVolumeClaim, dataVolume, memoryDump].some((source) => source !== undefined)
    // What stands in the machine's own description comes back with that.
    if (!onClaim) return { name: volume.name, state: 'described' }
    const answer = told.get(volume.name)
    if (answer?.enabled !== false) return { name: volume.name, state: 'included' }
    return { name: volume.name, state: 'excluded', ...(answer.reason === undefined ? {} : { reason: answer.reason }) }
  })
}
