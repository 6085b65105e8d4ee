/** How a disk of a machine is: in its machine, in its storage, and on its way to another. */

import { moveSaid, type VolumeRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { ProgressBar } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import type { DiskRow } from './disk-rows.ts'
import { goingTo } from './going-to.ts'
import styles from './disks.module.css'

/** What the server says of it while it moves. */
export function MoveState({ live, disk }: { live: LiveMachine; disk: DiskRow }) {
  const t = useMessages('machine')
  const to = goingTo(live, disk)
  if (to === undefined) return null
  const said = moveSaid(live.instance)
  const share = /(\d+) ?%/.exec(said?.message ?? '')?.[1]
  return (
    <span className={styles['note']}>
      {t('disks.moving', { claim: to })}{' '}
      {share !== undefined && (
        <span className={styles['progress']}>
          <ProgressBar value={Number(share) / 100} label={t('disks.moving', { claim: to })} />
        </span>
      )}{' '}
      {said?.message}
    </span>
  )
}

/** How far the machine is with it, and the storage below it. */
export function DiskState({ disk, volume }: { disk: DiskRow; volume: VolumeRow | undefined }) {
  const words = useMessages('storage')
  const format = useFormat()
  const { phase, message } = disk
  return (
    <>
      {phase === undefined || phase === '' ? null : <span title={message}>{phase}</span>}
      {volume !== undefined && volume.status !== 'Bound' && (
        <span className={styles['note']}>
          {words(`status.${volume.status}`, { defaultValue: volume.status })}
          {volume.progress !== undefined && (
            <>
              {' '}
              <span className={styles['progress']}>
                <ProgressBar value={volume.progress} label={words('progressOf', { name: volume.name })} />
              </span>{' '}
              {format.percent(volume.progress)}
            </>
          )}
        </span>
      )}
      {volume?.growingTo !== undefined && <span className={styles['note']}>→ {format.bytes(volume.growingTo)}</span>}
      {volume?.reason !== undefined && <span className={styles['note']}>{volume.reason}</span>}
      {(phase === undefined || phase === '') && (volume === undefined || volume.status === 'Bound') && '–'}
    </>
  )
}
