/** `berth disk attach|detach`. */

import { virtualMachineInstances, virtualMachines, type VirtualMachineInstance } from '@berth/api'
import { pathOf, type Client } from '@berth/kube'
import type { JsonObject } from '@berth/meta'
import type { Settled } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { findInstance, getMachine, getOrNothing } from '../machines/find.ts'
import { subresourceVersion, type MachineTarget } from '../machines/target.ts'
import { findDisk } from './disk-rows.ts'
import { claims } from './kinds.ts'
import { waitForObject } from './wait-for-object.ts'

export async function attachDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const [name, machine] = [input.arg(0), input.arg(1)]
  const target = { namespace, name: machine }
  await refuseTurnedRound(client, { namespace, disk: name, machine, command: 'attach' })
  const { row } = await findDisk(client, { namespace, name })
  await getMachine(client, target)
  const instance = await findInstance(client, target)
  const cdrom = input.flag('cdrom')
  const bus = input.text('bus') ?? (cdrom ? 'sata' : 'scsi')
  const kind: JsonObject = cdrom
    ? { cdrom: { bus, readonly: true } }
    : { disk: { bus, ...(input.flag('readOnly') ? { readonly: true } : {}) } }
  await call(client, target, 'addvolume', {
    name,
    // Guests find the disk by it: /dev/disk/by-id.
    disk: { name, serial: input.text('serial') ?? name, ...kind },
    volumeSource: row.dataVolume
      ? { dataVolume: { name, hotpluggable: true } }
      : { persistentVolumeClaim: { claimName: name, hotpluggable: true } },
  })
  if (instance === undefined) {
    return context.terminal.stdout.write(
      `Disk "${name}" is attached to VM "${machine}"; the guest sees it when the VM starts\n`,
    )
  }
  if (!input.flag('wait')) return context.terminal.stdout.write(`Disk "${name}": attach to VM "${machine}" requested\n`)
  const judge = (found: Readonly<VirtualMachineInstance> | undefined): Settled => {
    if (found === undefined) return { kind: 'hopeless', why: `VM "${machine}" stopped meanwhile` }
    const volume = found.status?.volumeStatus?.find((each) => each.name === name)
    const there = volume?.phase === 'Ready' || (volume !== undefined && (volume.target ?? '') !== '')
    return there ? { kind: 'reached' } : { kind: 'waiting', status: volume?.message ?? volume?.phase ?? 'Pending' }
  }
  await waitForObject(context, client, {
    resource: virtualMachineInstances,
    target,
    text: `Attaching disk "${name}" to VM "${machine}"`,
    doneText: (found) => `Disk "${name}" is attached to VM "${machine}"${deviceText(found, name)}`,
    timeoutMs: input.duration('timeout') ?? 300_000,
    judge,
    remedy: `See \`berth vm why ${machine}\`.`,
  })
}

export async function detachDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const [disk, machine] = [input.arg(0), input.arg(1)]
  const target = { namespace, name: machine }
  await refuseTurnedRound(client, { namespace, disk, machine, command: 'detach' })
  const { spec } = await getMachine(client, target)
  const instance = await findInstance(client, target)
  const volumes = [...(spec.template.spec.volumes ?? []), ...(instance?.spec.volumes ?? [])]
  const volume = volumes.find(
    (each) => each.name === disk || each.dataVolume?.name === disk || each.persistentVolumeClaim?.claimName === disk,
  )
  if (volume === undefined) {
    throw new CliError('NotFound', `VM "${machine}" has no disk "${disk}"`, {
      remedy: `See its disks with \`berth vm describe ${machine}\`.`,
    })
  }
  const { name } = volume
  await call(client, target, 'removevolume', { name })
  if (instance === undefined || !input.flag('wait')) {
    const later = instance === undefined ? 'is detached' : 'detach requested'
    return context.terminal.stdout.write(`Disk "${disk}": ${later}; its data stay\n`)
  }
  await waitForObject(context, client, {
    resource: virtualMachineInstances,
    target,
    text: `Detaching disk "${disk}" from VM "${machine}"`,
    doneText: `Disk "${disk}" is detached from VM "${machine}"; its data stay`,
    timeoutMs: input.duration('timeout') ?? 300_000,
    judge: (found) =>
      found?.status?.volumeStatus?.some((each) => each.name === name) === true
        ? { kind: 'waiting', status: 'waits for the guest to let go of it' }
        : { kind: 'reached' },
    remedy: `See \`berth vm why ${machine}\`.`,
  })
}

/** Other tools name the machine first. @throws {CliError} Usage */
async function refuseTurnedRound(
  client: Client,
  { namespace, disk, machine, command }: { namespace: string; disk: string; machine: string; command: string },
): Promise<void> {
  const of = (name: string) =>
    Promise.all([
      getOrNothing(client, virtualMachines, { namespace, name }),
      getOrNothing(client, claims, { namespace, name }),
    ])
  const [[first], [second, disksName]] = await Promise.all([of(disk), of(machine)])
  if (first === undefined || second !== undefined || disksName === undefined) return
  throw new CliError('Usage', `"${disk}" is a VM and "${machine}" is a disk: the disk comes first`, {
    remedy: `Type \`berth disk ${command} ${machine} ${disk}\`.`,
  })
}

function call(client: Client, target: MachineTarget, subresource: string, body: JsonObject): Promise<unknown> {
  const path = pathOf({ ...subresourceVersion, resource: 'virtualmachines' }, { ...target, subresource })
  return client.raw({ method: 'PUT', path, body })
}

function deviceText({ status }: Readonly<VirtualMachineInstance>, name: string): string {
  const target = status?.volumeStatus?.find((each) => each.name === name)?.target ?? ''
  return target === '' ? '' : ` as ${target}`
}
