/** Switches on that writes to a machine's disks are counted, which backups need: a feature gate, and labels that say which machines. */

import { kubeVirts, virtualMachines, wantsTracking, type TrackingSelectors, type VirtualMachine } from '@berth/api'
import type { Client } from '@berth/kube'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { waitForObject } from './wait-for-object.ts'

const gate = 'IncrementalBackup'
/** Where nobody has said yet which machines are counted. */
const ownLabels: Readonly<Record<string, string>> = { 'berth.dev/backup': 'true' }

export function isCounted({ status }: Readonly<VirtualMachine>): boolean {
  return status?.changedBlockTracking?.state === 'Enabled'
}

/** @throws {CliError} Refused where labels alone cannot choose the machine, Timeout when it needs a restart */
export async function countWrites(
  client: Client,
  context: CommandContext,
  { metadata }: Readonly<VirtualMachine>,
): Promise<void> {
  const { name = '', namespace = '', labels: has = {} } = metadata
  const { wanted, server } = await openGate(client)
  const selector = wanted.virtualMachineLabelSelector
  if (!wantsTracking(wanted, { machine: has, namespace: {} })) {
    const labels = selector?.matchLabels ?? {}
    if (Object.keys(labels).length === 0 || (selector?.matchExpressions ?? []).length > 0) {
      throw new CliError('Refused', `the server does not choose by plain labels which VMs are counted`, {
        remedy: `Label VM "${name}" so that spec.configuration.changedBlockTrackingLabelSelectors of KubeVirt "${server}" chooses it.`,
      })
    }
    await client.patch(virtualMachines, { namespace, name }, { type: 'merge', patch: { metadata: { labels } } })
  }
  await waitForObject(context, client, {
    resource: virtualMachines,
    target: { namespace, name },
    text: `Switching on backups of VM "${name}"`,
    doneText: `Backups of VM "${name}" are switched on`,
    timeoutMs: 30_000,
    judge: (machine) => {
      if (machine === undefined) return { kind: 'hopeless', why: 'the VM was deleted meanwhile' }
      if (isCounted(machine)) return { kind: 'reached' }
      return { kind: 'waiting', status: machine.status?.changedBlockTracking?.state ?? 'not asked for yet' }
    },
    remedy: `PendingRestart: \`berth vm restart ${name}\`. Disabled: a disk of it is raw and cannot keep a count; \`berth disk move DISK --class local\`.`,
  })
}

async function openGate(client: Client): Promise<{ wanted: TrackingSelectors; server: string }> {
  const [kubeVirt] = (await client.list(kubeVirts)).items
  if (kubeVirt === undefined) throw new CliError('NotFound', 'this server has no KubeVirt object to configure')
  const { metadata, spec } = kubeVirt
  const { developerConfiguration, changedBlockTrackingLabelSelectors: before } = spec.configuration ?? {}
  const gates = developerConfiguration?.featureGates ?? []
  const wanted = before ?? { virtualMachineLabelSelector: { matchLabels: { ...ownLabels } } }
  if (before === undefined || !gates.includes(gate)) {
    await client.patch(
      kubeVirts,
      { namespace: metadata.namespace ?? '', name: metadata.name ?? '' },
      {
        type: 'merge',
        patch: {
          // The list of gates is set as a whole: nobody else's change may be lost by it.
          metadata: { resourceVersion: metadata.resourceVersion ?? '' },
          spec: {
            configuration: {
              developerConfiguration: { featureGates: [...new Set([...gates, gate])] },
              ...(before === undefined
                ? {
                    changedBlockTrackingLabelSelectors: {
                      virtualMachineLabelSelector: { matchLabels: { ...ownLabels } },
                    },
                  }
                : {}),
            },
          },
        },
      },
    )
  }
  return { wanted, server: metadata.name ?? '' }
}
