/** The page of one machine: its state and what can be done about it above, a tab for each of its sides below. */

import { lazy, Suspense, type ReactNode } from 'react'
import { stateWord, useMessages } from '../../i18n/index.ts'
import { Link, usePathParams, useSearch, useSetSearch } from '../../routes/navigation.tsx'
import { createPath, machinePath, machineTabPath, workloadsPath } from '../../routes/paths.ts'
import { Button, Empty, LinkTabs, Notice, Page, Skeleton, StatusMark } from '../../ui/index.ts'
import { ConsoleTab } from '../consoles/index.ts'
import { MachineButtons } from './actions/machine-buttons.tsx'
import { useMachineActions, type MachineActions } from './actions/use-action.tsx'
import { RestartBanner } from './restart/restart-banner.tsx'
import { SummaryTab } from './summary/summary-tab.tsx'
import { useMachine, type LiveMachine } from './use-machine.ts'
import type { MachineTarget } from './machine-target.ts'
import styles from './machine.module.css'

const ConfigureTab = lazy(async () => ({ default: (await import('./configure/configure-tab.tsx')).ConfigureTab }))
const DisksTab = lazy(async () => ({ default: (await import('./disks/disks-tab.tsx')).DisksTab }))
const NetworkTab = lazy(async () => ({ default: (await import('./network/network-tab.tsx')).NetworkTab }))
const MetricsTab = lazy(async () => ({ default: (await import('./metrics/metrics-tab.tsx')).MetricsTab }))
const TimelineTab = lazy(async () => ({ default: (await import('./timeline/timeline-tab.tsx')).TimelineTab }))

interface TabProps {
  live: LiveMachine
  actions: MachineActions
}

const tabs: Record<string, (props: TabProps) => ReactNode> = {
  summary: (props) => <SummaryTab {...props} />,
  console: (props) => <MachineConsole {...props} />,
  configure: ({ live }) => <ConfigureTab live={live} />,
  disks: ({ live }) => <DisksTab live={live} />,
  network: ({ live }) => <NetworkTab live={live} />,
  metrics: ({ live }) => <MetricsTab live={live} />,
  timeline: ({ live }) => <TimelineTab live={live} />,
}

export function MachinePage() {
  const { cluster, namespace, name } = usePathParams(machinePath)
  // Another machine is another page: nothing of one is left on the other's.
  return <OneMachine key={`${cluster}/${namespace}/${name}`} target={{ cluster, namespace, name }} />
}

function OneMachine({ target }: { target: MachineTarget }) {
  const t = useMessages('machine')
  const found = useMachine(target)
  if (found.state === 'present') return <Present live={found.live} />
  return (
    <Page title={target.name} above={<Above target={target} />}>
      {found.state === 'loading' && <Skeleton lines={6} />}
      {found.state === 'refused' && (
        <Notice tone="attention" title={t('refused')}>
          {found.message}
        </Notice>
      )}
      {found.state === 'absent' && (
        <Empty
          icon="workloads"
          title={t('absent', { name: target.name })}
          action={<Button href={createPath()}>{t('create')}</Button>}
        >
          {t('absentHint', { namespace: target.namespace })}
        </Empty>
      )}
    </Page>
  )
}

function Present({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { tab = 'summary' } = usePathParams(machineTabPath) as { tab?: string }
  const actions = useMachineActions(live)
  const draw = Object.hasOwn(tabs, tab) ? tabs[tab] : undefined
  const { target } = live
  return (
    <Page
      title={target.name}
      mark={<StatusMark tone={live.tone}>{stateWord(t, live.status)}</StatusMark>}
      above={<Above target={target} />}
      actions={<MachineButtons live={live} actions={actions} />}
      layout={tab === 'console' ? 'fill' : 'flow'}
      below={
        <>
          <Banners live={live} actions={actions} />
          <LinkTabs
            label={t('tabs')}
            current={tab}
            tabs={Object.keys(tabs).map((id) => ({
              id,
              label: t(`tab.${id}`),
              href: id === 'summary' ? machinePath(target) : machineTabPath({ ...target, tab: id }),
            }))}
          />
        </>
      }
    >
      <Suspense fallback={<Skeleton lines={6} />}>
        {draw === undefined ? <Empty title={t('noTab')} /> : draw({ live, actions })}
      </Suspense>
    </Page>
  )
}

function Above({ target }: { target: MachineTarget }) {
  const t = useMessages('machine')
  return (
    <nav aria-label={t('where')} className={styles['above']}>
      <Link href={workloadsPath()}>{t('workloads')}</Link>
      <span aria-hidden>/</span>
      <Link href={workloadsPath({ q: `namespace:${target.namespace}` })}>{target.namespace}</Link>
    </nav>
  )
}

function Banners({ live, actions }: TabProps) {
  const t = useMessages('machine')
  return (
    <div className={styles['banners']}>
      {live.stale !== undefined && (
        <Notice tone="attention" title={t('stale')}>
          {live.stale}
        </Notice>
      )}
      {live.standalone && <Notice>{t('standalone')}</Notice>}
      <RestartBanner live={live} actions={actions} />
    </div>
  )
}

function MachineConsole({ live }: TabProps) {
  const { kind } = useSearch()
  const setSearch = useSetSearch()
  const { devices } = (live.instance?.spec ?? live.machine.spec.template.spec).domain
  const screenless = devices.autoattachGraphicsDevice === false
  const chosen = kind === 'serial' || kind === 'vnc' ? kind : screenless ? 'serial' : 'vnc'
  return <ConsoleTab target={live.target} kind={chosen} onKind={(next) => setSearch({ kind: next })} />
}
