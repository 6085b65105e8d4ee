/** Puts a snapshot back into its machine, or makes a new machine of it; what is lost by it stands there first. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { VirtualMachine } from '@berth/api'
import type { Json, KubeObject } from '@berth/meta'
import { changesBetween, newerThan, newRestore, newSnapshot, type SnapshotRow, type TaskCall } from '@berth/view'
import { BackendError, clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  Dialog,
  Notice,
  Problem,
  Segments,
  Skeleton,
  Stack,
  TextField,
  showToast,
} from '../../../ui/index.ts'
import { isName, timedName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import { useSnapshotsOf } from '../use-snapshots.ts'
import styles from './dialogs.module.css'

type Content = KubeObject & { spec?: { source?: { virtualMachine?: VirtualMachine } } }
type Into = 'same' | 'new'

const mostChanges = 8
/** Of a volume: what it stands on. */
const renamed: ReadonlySet<string> = new Set(['claimName', 'dataVolume', 'persistentVolumeClaim'])

export function RestoreDialog({ row, onClose }: { row: SnapshotRow; onClose: () => void }): ReactNode {
  const t = useMessages('storage')
  const { cluster, namespace } = row
  const [into, setInto] = useState<Into>(row.machineThere ? 'same' : 'new')
  const [target, setTarget] = useState(`${row.machine}-restored`)
  const [first, setFirst] = useState(false)
  const plan = useQuery({
    queryKey: ['restore-plan', row.key],
    queryFn: async ({ signal }) => lookAt(row, signal),
    gcTime: 0,
    retry: false,
  })
  const restore = useMutation({
    mutationFn: async () => {
      const now = new Date()
      const inPlace = into === 'same'
      const name = timedName(`${row.name}-restore`, now)
      const wish = { namespace, snapshot: row.name, target: inPlace ? row.machine : target, name, inPlace }
      const call = clusterCalls.create(kindOf.restores, newRestore(wish))
      if (!first || !inPlace) {
        await runRequest(
          'restore',
          { target: referenceTo(kindOf.restores, { cluster, namespace, name }), calls: [call] },
          'settled',
        )
        return
      }
      const before = timedName(`${row.machine}-before`, now)
      const snapshot: TaskCall = clusterCalls.create(
        kindOf.snapshots,
        newSnapshot({
          namespace,
          machine: row.machine,
          name: before,
          note: t('restore.beforeNote', { name: row.name }),
        }),
      )
      await runRequest(
        'restore',
        {
          target: referenceTo(kindOf.snapshots, { cluster, namespace, name: before }),
          calls: [snapshot],
          afterwards: [call],
        },
        'settled',
      )
    },
    onSuccess() {
      showToast({ text: t('restore.started', { name: row.name }), tone: 'success' })
      onClose()
    },
  })
  const nameError = into === 'new' && !isName(target) ? t('form.badName') : undefined
  return (
    <Dialog
      title={t('restore.title', { name: row.name })}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind={into === 'same' ? 'danger' : 'primary'}
          reason={nameError ?? (plan.isPending ? t('restore.looking') : undefined)}
          busy={restore.isPending}
          onClick={() => restore.mutate()}
        >
          {t(into === 'same' ? 'restore.do' : 'restore.doNew')}
        </Button>
      }
    >
      <Stack>
        {row.machineThere && (
          <Segments
            label={t('restore.into')}
            value={into}
            options={[
              { value: 'same', label: t('restore.same', { name: row.machine }) },
              { value: 'new', label: t('restore.new') },
            ]}
            onChange={setInto}
          />
        )}
        {!row.machineThere && <Notice>{t('restore.gone', { name: row.machine })}</Notice>}
        {into === 'new' && (
          <TextField
            label={t('restore.target')}
            value={target}
            error={nameError}
            onChange={(event) => setTarget(event.currentTarget.value.trim())}
          />
        )}
        {plan.isPending && <Skeleton lines={4} />}
        {plan.error !== null && <Problem title={t('restore.unknown')} error={plan.error} />}
        {plan.data !== undefined &&
          (into === 'same' ? <Lost row={row} plan={plan.data} /> : <p>{t('restore.newText', { name: target })}</p>)}
        {into === 'same' && row.machineThere && (
          <CheckboxField
            label={t('restore.first')}
            description={t('restore.firstHint')}
            checked={first}
            onChange={(event) => setFirst(event.currentTarget.checked)}
          />
        )}
        {restore.error !== null && <Problem title={t('restore.failed')} error={restore.error} />}
      </Stack>
    </Dialog>
  )
}

interface RestorePlan {
  running: boolean
  /** Places of the machine's settings that are put back. */
  settings: string[]
  /** Disks that the machine has now and the snapshot has not. */
  later: string[]
}

async function lookAt({ cluster, namespace, name, machine }: SnapshotRow, signal: AbortSignal): Promise<RestorePlan> {
  const api = clusterApi(cluster)
  const maybe = async <T extends KubeObject>(
    kind: Parameters<typeof referenceTo>[0],
    of: string,
  ): Promise<T | undefined> => {
    try {
      return await api.get<T>(referenceTo(kind, { cluster, namespace, name: of }), signal)
    } catch (error) {
      if (error instanceof BackendError && error.code === 404) return undefined
      throw error
    }
  }
  const snapshot = await maybe<KubeObject & { status?: { virtualMachineSnapshotContentName?: string } }>(
    kindOf.snapshots,
    name,
  )
  const contentName = snapshot?.status?.virtualMachineSnapshotContentName
  const [now, content] = await Promise.all([
    maybe<VirtualMachine>(kindOf.machines, machine),
    contentName === undefined ? undefined : maybe<Content>(kindOf.contents, contentName),
  ])
  const then = content?.spec?.source?.virtualMachine
  if (now === undefined || then === undefined) return { running: false, settings: [], later: [] }
  const volumes = new Set((then.spec.template.spec.volumes ?? []).map((volume) => volume.name))
  // Manifests are JSON; types of the API only describe it.
  const changes = changesBetween(now.spec.template.spec as unknown as Json, then.spec.template.spec as unknown as Json)
  return {
    running: now.status?.created === true || now.status?.ready === true,
    // A disk that was put back before goes by another name; that is no setting.
    settings: changes
      .filter(
        ({ path }) => !(path[0] === 'volumes' && path.some((part) => typeof part === 'string' && renamed.has(part))),
      )
      .map(({ path }) => path.map((part) => (typeof part === 'object' ? part.name : String(part))).join('.')),
    later: (now.spec.template.spec.volumes ?? [])
      .filter(
        (volume) => !volumes.has(volume.name) && (volume.dataVolume ?? volume.persistentVolumeClaim) !== undefined,
      )
      .map((volume) => volume.name),
  }
}

function Lost({ row, plan }: { row: SnapshotRow; plan: RestorePlan }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { rows } = useSnapshotsOf({ cluster: row.cluster, namespace: row.namespace, name: row.machine })
  const newer = newerThan(row, rows)
  const { settings, later, running } = plan
  return (
    <>
      <Notice tone="attention" title={t('restore.lost')}>
        {t('restore.lostText', { time: format.time(row.created), age: format.relative(row.created) })}
      </Notice>
      <ul className={styles['parts']}>
        {running && <li>{t('restore.stops', { name: row.machine })}</li>}
        {row.included.length > 0 && <li>{t('restore.disks', { names: row.included.join(', ') })}</li>}
        {row.excluded.length > 0 && <li>{t('restore.excluded', { names: row.excluded.join(', ') })}</li>}
        {later.length > 0 && <li>{t('restore.later', { names: later.join(', ') })}</li>}
        {settings.length > 0 && (
          <li>
            {t('restore.settings', { count: settings.length })} <code>{settings.slice(0, mostChanges).join(', ')}</code>
            {settings.length > mostChanges && ' …'}
          </li>
        )}
        {newer.length > 0 && <li>{t('restore.newer', { count: newer.length })}</li>}
      </ul>
    </>
  )
}
