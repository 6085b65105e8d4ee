/** What belongs to a machine: disks, networks, the pod it runs in. */

import { claimNames, dataVolumeNames } from '@berth/api'
import { useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { machineTabPath } from '../../../routes/paths.ts'
import { KeyValues } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'

export function Related({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { target, machine, instance } = live
  const spec = instance?.spec ?? machine.spec.template.spec
  const disks = new Set([...claimNames(spec), ...dataVolumeNames(spec)])
  const networks = spec.networks ?? []
  return (
    <KeyValues
      facts={[
        {
          label: t('related.disks'),
          value: (
            <Link href={machineTabPath({ ...target, tab: 'disks' })}>
              {disks.size === 0 ? String(spec.volumes?.length ?? 0) : [...disks].join(', ')}
            </Link>
          ),
        },
        {
          label: t('related.networks'),
          value: (
            <Link href={machineTabPath({ ...target, tab: 'network' })}>
              {networks.length === 0 ? '0' : networks.map(({ name, multus }) => multus?.networkName ?? name).join(', ')}
            </Link>
          ),
        },
        { label: t('related.owner'), value: machine.metadata.ownerReferences?.[0]?.name },
      ]}
    />
  )
}
