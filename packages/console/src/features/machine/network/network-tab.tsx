/** Interfaces of a machine, their addresses and ports, and the services that lead to it. */

import type { TFunction } from 'i18next'
import { useQuery } from '@tanstack/react-query'
import type { KubeObject } from '@berth/meta'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { machineTabPath } from '../../../routes/paths.ts'
import {
  Button,
  CopyButton,
  Empty,
  Problem,
  Section,
  Skeleton,
  Stack,
  Table,
  type TableColumn,
} from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { interfaceRows, type InterfaceRow } from './interface-rows.ts'
import styles from './network.module.css'

export function NetworkTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const rows = interfaceRows(live.machine, live.running ? live.instance : undefined)
  return (
    <Stack gap={4}>
      <Section
        title={t('network.interfaces')}
        actions={
          !live.standalone && (
            <Button icon="settings" href={machineTabPath({ ...live.target, tab: 'configure' }, { section: 'network' })}>
              {t('network.configure')}
            </Button>
          )
        }
      >
        {rows.length === 0 ? (
          <Empty icon="network" title={t('network.none')} />
        ) : (
          <Table
            label={t('network.list')}
            items={rows}
            keyOf={({ name, mac }) => `${name}/${mac ?? ''}`}
            columns={interfaceColumns(t)}
          />
        )}
      </Section>
      <Section title={t('network.services')}>
        <Services live={live} />
      </Section>
    </Stack>
  )
}

function Named({ name, guest }: { name: string; guest: string | undefined }) {
  return (
    <>
      {name}
      {guest !== undefined && guest !== name && <span className={styles['quiet']}> {guest}</span>}
    </>
  )
}

function Addresses({ row }: { row: InterfaceRow }) {
  const t = useMessages('machine')
  if (row.addresses.length === 0) return <>–</>
  return (
    <ul className={styles['addresses']}>
      {row.addresses.map((address) => (
        <li key={address}>
          <code>{address}</code>
          <CopyButton text={address} label={t('addresses.copy', { address })} />
        </li>
      ))}
    </ul>
  )
}

interface Service extends KubeObject {
  spec: {
    type?: string
    clusterIP?: string
    selector?: Record<string, string>
    ports?: { name?: string; port: number; targetPort?: number | string; protocol?: string; nodePort?: number }[]
  }
}

function Services({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { cluster, namespace } = live.target
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['k8s', cluster, 'services', namespace],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).list<Service>({ group: '', version: 'v1', resource: 'services' }, { namespace, signal }),
    retry: false,
  })
  if (isPending) return <Skeleton lines={2} />
  if (error !== null)
    return <Problem title={t('network.servicesFailed')} error={error} onRetry={() => void refetch()} />
  const labels = { ...live.machine.spec.template.metadata?.labels, ...live.instance?.metadata.labels }
  const leading = data.items.filter(({ spec }) => leadsTo(spec.selector, labels))
  if (leading.length === 0) return <p className={styles['quiet']}>{t('network.noServices')}</p>
  return (
    <Table
      label={t('network.serviceList')}
      items={leading}
      keyOf={({ metadata }) => metadata.uid ?? metadata.name ?? ''}
      columns={serviceColumns(t)}
    />
  )
}

function leadsTo(selector: Record<string, string> | undefined, labels: Record<string, string>): boolean {
  const wanted = Object.entries(selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}

function serviceColumns(t: TFunction): TableColumn<Service>[] {
  return [
    { id: 'name', title: t('network.name'), cell: ({ metadata }) => metadata.name },
    { id: 'type', title: t('network.type'), cell: ({ spec }) => spec.type ?? 'ClusterIP' },
    { id: 'address', title: t('network.addresses'), cell: ({ spec }) => <code>{spec.clusterIP ?? '–'}</code> },
    {
      id: 'ports',
      title: t('network.ports'),
      cell: ({ spec }) =>
        (spec.ports ?? [])
          .map(({ port, targetPort, protocol = 'TCP' }) => `${port} → ${targetPort ?? port}/${protocol}`)
          .join(', '),
    },
  ]
}

function interfaceColumns(t: TFunction): TableColumn<InterfaceRow>[] {
  return [
    {
      id: 'name',
      title: t('network.name'),
      cell: ({ name, guestName }) => <Named name={name} guest={guestName} />,
    },
    {
      id: 'network',
      title: t('network.network'),
      cell: ({ network }) => (network === 'pod' ? t('network.pod') : network),
    },
    { id: 'addresses', title: t('network.addresses'), cell: (row) => <Addresses row={row} /> },
    { id: 'mac', title: t('network.mac'), cell: ({ mac }) => (mac === undefined ? '–' : <code>{mac}</code>) },
    { id: 'binding', title: t('network.binding'), cell: ({ binding }) => binding ?? '–' },
    { id: 'model', title: t('network.model'), cell: ({ model }) => model ?? '–' },
    {
      id: 'link',
      title: t('network.link'),
      cell: ({ link }) => (link === undefined ? '–' : t(`network.state.${link === 'down' ? 'down' : 'up'}`)),
    },
    {
      id: 'ports',
      title: t('network.ports'),
      cell: ({ ports }) => (ports.length === 0 ? t('network.allPorts') : ports.join(', ')),
    },
  ]
}
