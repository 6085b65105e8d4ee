/** Why a machine is as it is: one sentence, then the whole chain of causes with what to do about each. */

import { useId, useState, type ReactElement } from 'react'
import type { Finding } from '@berth/api'
import type { WhyUpdate } from '@berth/view'
import { useChannel } from '../../../live/index.ts'
import { stateWords, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { hostsPath, machinePath, machineTabPath } from '../../../routes/paths.ts'
import { Button, Buttons, Icon, Section, Skeleton } from '../../../ui/index.ts'
import { actionIcons } from '../../actions/index.ts'
import type { MachineActions } from '../actions/use-action.tsx'
import type { LiveMachine } from '../use-machine.ts'
import { becauseWords } from './because-words.ts'
import { mendingActions } from './mending.ts'
import styles from './why.module.css'

export function useWhy({ target }: Pick<LiveMachine, 'target'>): WhyUpdate | undefined {
  return useChannel('why', { cluster: target.cluster, namespace: target.namespace, name: target.name }).value
}

export function WhyPanel({
  live,
  why,
  actions,
}: {
  live: LiveMachine
  why: WhyUpdate | undefined
  actions: MachineActions
}) {
  const t = useMessages('machine')
  if (why === undefined) {
    return (
      <Section title={t('why.title')}>
        <Skeleton lines={2} />
      </Section>
    )
  }
  const { findings, unread = [], asWished = false } = why
  const mending = mendingActions(live, why)
  const head = t(asWished ? 'why.asWished' : 'why.notAsWished', {
    status: stateWords(t, why.status ?? live.status),
    wished: t(`why.wished.${why.wished ?? 'running'}`),
    because: becauseWords(t, why.wishedBecause ?? ''),
  })
  return (
    <Section title={t('why.title')}>
      <div className={styles['panel']} data-tone={asWished && findings.length === 0 ? 'calm' : 'attention'}>
        <p className={styles['head']}>{head}</p>
        {findings.length > 0 && (
          <ul className={styles['chain']} aria-label={t('why.chain')}>
            {findings.map((finding, index) => (
              <ChainLink key={index} finding={finding} live={live} />
            ))}
          </ul>
        )}
        {mending.length > 0 && (
          <Buttons>
            {mending.map((id) => (
              <Button
                key={id}
                kind="primary"
                {...(actionIcons[id] === undefined ? {} : { icon: actionIcons[id] })}
                reason={live.refused[id]}
                busy={actions.busy === id}
                onClick={() => actions.act(id)}
              >
                {t(`actions:action.${id}`)}
              </Button>
            ))}
          </Buttons>
        )}
        {unread.length > 0 && <Unread unread={unread} />}
      </div>
    </Section>
  )
}

/** One link of the chain, with what is behind it. */
function ChainLink({ finding, live }: { finding: Finding; live: LiveMachine }) {
  const t = useMessages('machine')
  const { about, says, remedy, because } = finding
  const href = hrefOf(about, live)
  const own = about.name === live.target.name && about.kind.startsWith('VirtualMachine')
  return (
    <li>
      <div className={styles['finding']}>
        {!own && (
          <span className={styles['about']}>
            <span className={styles['kind']}>{about.kind}</span>{' '}
            {href === undefined ? <bdi>{about.name}</bdi> : <Link href={href}>{about.name}</Link>}
          </span>
        )}
        <span className={styles['says']}>{says}</span>
        {remedy !== undefined && (
          <span className={styles['remedy']}>
            <Icon name="next" />
            <span>
              <span className="visually-hidden">{t('why.remedy')} </span>
              {withoutTicks(remedy)}
            </span>
          </span>
        )}
      </div>
      {because.length > 0 && (
        <ul>
          {because.map((each, index) => (
            <ChainLink key={index} finding={each} live={live} />
          ))}
        </ul>
      )}
    </li>
  )
}

function Unread({ unread }: { unread: NonNullable<WhyUpdate['unread']> }) {
  const t = useMessages('machine')
  const [open, setOpen] = useState(false)
  const id = useId()
  return (
    <div className={styles['unread']}>
      <Button
        kind="quiet"
        icon={open ? 'down' : 'next'}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {t('why.unread', { count: unread.length })}
      </Button>
      <ul id={id} hidden={!open}>
        {unread.map(({ what, why }) => (
          <li key={what}>
            {what}: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}

function hrefOf(about: Finding['about'], { target }: LiveMachine): string | undefined {
  switch (about.kind) {
    case 'VirtualMachine':
    case 'VirtualMachineInstance':
      return machinePath({ ...target, name: about.name })
    case 'Node':
      return hostsPath({ host: about.name })
    case 'PersistentVolumeClaim':
    case 'DataVolume':
    case 'StorageClass':
      return machineTabPath({ ...target, tab: 'disks' })
    default:
      return undefined
  }
}

/** Commands in a remedy are marked for terminals. */
function withoutTicks(text: string): (string | ReactElement)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))
}
