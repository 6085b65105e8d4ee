/** The first look at a machine: why it is as it is, its screen, what it uses, where it can be reached, what belongs to it. */

import { useMemo } from 'react'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { hostsPath, machineTabPath, workloadsPath } from '../../../routes/paths.ts'
import { CopyButton, KeyValues, Section, type Fact } from '../../../ui/index.ts'
import { Thumbnail } from '../../consoles/index.ts'
import type { MachineActions } from '../actions/use-action.tsx'
import { Vitals } from '../metrics/vitals.tsx'
import type { LiveMachine } from '../use-machine.ts'
import { useWhy, WhyPanel } from '../why/why-panel.tsx'
import { guestOf, processorsOf, memoryTextOf } from './facts.ts'
import { Related } from './related.tsx'
import styles from './summary.module.css'

export function SummaryTab({ live, actions }: { live: LiveMachine; actions: MachineActions }) {
  const t = useMessages('machine')
  const why = useWhy(live)
  return (
    <div className={styles['summary']}>
      <div className={styles['main']}>
        <WhyPanel live={live} why={why} actions={actions} />
        <Section title={t('vitals.title')}>
          <Vitals live={live} />
        </Section>
        <Section title={t('facts.title')}>
          <Facts live={live} />
        </Section>
      </div>
      <div className={styles['side']}>
        <Link href={machineTabPath({ ...live.target, tab: 'console' })} className={styles['screen']}>
          <span className="visually-hidden">{t('openConsole', { name: live.target.name })}</span>
          <Thumbnail target={live.target} running={live.up} />
        </Link>
        <Section title={t('addresses.title')}>
          <Addresses live={live} />
        </Section>
        <Section title={t('related.title')}>
          <Related live={live} />
        </Section>
      </div>
    </div>
  )
}

function Facts({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const format = useFormat()
  const { machine, instance, target } = live
  const { metadata, spec } = machine
  const node = live.running ? instance?.status?.nodeName : undefined
  const facts: Fact[] = useMemo(
    () => [
      { label: t('facts.guest'), value: guestOf(machine, instance) },
      { label: t('facts.processors'), value: processorsOf(machine, instance) },
      { label: t('facts.memory'), value: memoryTextOf(machine, instance, format) },
      {
        label: t('facts.instancetype'),
        value:
          [spec.instancetype?.name, spec.preference?.name].filter((each) => each !== undefined).join(', ') || undefined,
      },
      {
        label: t('facts.host'),
        value: node === undefined || node === '' ? undefined : <Link href={hostsPath({ host: node })}>{node}</Link>,
      },
      {
        label: t('facts.runStrategy'),
        value: live.standalone ? undefined : (spec.runStrategy ?? (spec.running === true ? 'Always' : 'Halted')),
      },
      {
        label: t('facts.created'),
        value:
          metadata.creationTimestamp === undefined ? undefined : (
            <time dateTime={metadata.creationTimestamp} title={format.time(metadata.creationTimestamp)}>
              {format.relative(metadata.creationTimestamp)}
            </time>
          ),
      },
      {
        label: t('facts.labels'),
        value:
          Object.entries(metadata.labels ?? {}).length === 0 ? undefined : (
            <span className={styles['labels']}>
              {Object.entries(metadata.labels ?? {}).map(([key, value]) => (
                <Link key={key} href={workloadsPath({ q: `label:${key}=${value}` })} className={styles['label']}>
                  {value === '' ? key : `${key}=${value}`}
                </Link>
              ))}
            </span>
          ),
      },
      { label: t('facts.uid'), value: <code>{metadata.uid}</code> },
    ],
    [t, format, machine, instance, metadata, spec, node, live.standalone],
  )
  return <KeyValues key={target.name} facts={facts} />
}

function Addresses({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const addresses = (live.running ? (live.instance?.status?.interfaces ?? []) : []).flatMap(
    ({ ipAddress, ipAddresses }) => ipAddresses ?? (ipAddress === undefined ? [] : [ipAddress]),
  )
  if (addresses.length === 0)
    return <p className={styles['none']}>{t(live.running ? 'addresses.none' : 'addresses.off')}</p>
  return (
    <ul className={styles['addresses']}>
      {addresses.map((address) => (
        <li key={address}>
          <code>{address}</code>
          <CopyButton text={address} label={t('addresses.copy', { address })} />
        </li>
      ))}
    </ul>
  )
}
