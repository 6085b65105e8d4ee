/** What a VirtualMachineInstance's status says, as pure functions of the machine. */

import type { VirtualMachineInstance } from '@berth/api'
import type { Domain, DomainStatus, GuestInfo } from '@berth/hypervisor'

export type InstanceStatus = NonNullable<VirtualMachineInstance['status']>
export type InstancePhase = NonNullable<InstanceStatus['phase']>

export interface ConditionUpdate {
  type: string
  status: 'True' | 'False'
  reason?: string
  message?: string
}

/** A change of status; what it does not name stays. */
export interface StatusUpdate {
  phase?: InstancePhase
  reason?: string
  /** For the event; not part of the status. */
  message?: string
  nodeName?: string
  activePods?: Record<string, string>
  interfaces?: InstanceStatus['interfaces']
  guestOSInfo?: InstanceStatus['guestOSInfo']
  machine?: { type: string }
  volumeStatus?: InstanceStatus['volumeStatus']
  conditions?: ConditionUpdate[]
  removeConditions?: string[]
}

export function phaseUpdate(phase: InstancePhase): StatusUpdate {
  return { phase }
}

/** The machine could not be brought to what the spec asks. */
export function syncFailure(reason: string, message: string): StatusUpdate {
  return {
    conditions: [
      { type: 'Synchronized', status: 'False', reason, message },
      { type: 'Ready', status: 'False', reason: 'GuestNotRunning', message: 'Guest VM is not reported as running' },
    ],
  }
}

/** Phase and wording for a machine that has ended. */
export function endOf(
  instance: Readonly<VirtualMachineInstance>,
  status: DomainStatus,
): StatusUpdate & { phase: 'Succeeded' | 'Failed' } {
  const stopped = 'The VirtualMachineInstance was shut down.'
  switch (status.reason) {
    case 'guest-shutdown':
      return { phase: 'Succeeded', message: stopped }
    case 'destroyed': {
      // Ended by us: a failure to obey when there was a button to press, otherwise the only way there is.
      const graceful = instance.spec.domain.features?.acpi?.enabled !== false
      const asked = instance.metadata.deletionTimestamp !== undefined
      if (!graceful || (asked && instance.spec.terminationGracePeriodSeconds === 0))
        return { phase: 'Succeeded', message: stopped }
      return {
        phase: 'Failed',
        reason: 'Destroyed',
        message: 'The guest did not power off within its grace period and was ended.',
      }
    }
    case 'guest-panic':
      return { phase: 'Failed', reason: 'GuestPanicked', message: 'The guest panicked.' }
    case 'watchdog':
      return { phase: 'Failed', reason: 'Watchdog', message: 'The watchdog ended the guest.' }
    case 'crashed':
    case 'user':
    case 'io-error':
    case undefined:
      return {
        phase: 'Failed',
        reason: 'Crashed',
        message: `The VirtualMachineInstance crashed. ${status.detail ?? ''}`.trim(),
      }
  }
}

/** What a running machine shows. */
export function runningUpdate(
  instance: Readonly<VirtualMachineInstance>,
  domain: Domain,
  guest: GuestInfo | undefined,
): StatusUpdate {
  const { status } = domain
  const update: StatusUpdate = {
    phase: 'Running',
    machine: { type: domain.spec.machine },
    interfaces: interfacesOf(domain, guest),
    volumeStatus: volumeStatusOf(instance, domain),
    conditions: [
      { type: 'Ready', status: 'True' },
      {
        type: 'LiveMigratable',
        status: 'False',
        reason: 'DisksNotLiveMigratable',
        message: 'The embedded engine does not migrate virtual machines yet.',
      },
      {
        type: 'StorageLiveMigratable',
        status: 'False',
        reason: 'NotMigratable',
        message: 'The embedded engine does not migrate virtual machines yet.',
      },
    ],
    removeConditions: ['Synchronized', 'PodScheduled'],
  }
  if (status.state === 'paused') update.conditions?.push(pausedCondition(status))
  else update.removeConditions?.push('Paused')
  if (status.agentConnected) update.conditions?.push({ type: 'AgentConnected', status: 'True' })
  else update.removeConditions?.push('AgentConnected')
  if (guest !== undefined) update.guestOSInfo = osInfoOf(guest)
  return update
}

function pausedCondition(status: DomainStatus): ConditionUpdate {
  return status.reason === 'io-error'
    ? {
        type: 'Paused',
        status: 'True',
        reason: 'PausedIOError',
        message: `VMI was paused, low-level IO error detected${status.detail === undefined ? '' : `: ${status.detail}`}`,
      }
    : { type: 'Paused', status: 'True', reason: 'PausedByUser', message: 'VMI was paused by user' }
}

function interfacesOf(domain: Domain, guest: GuestInfo | undefined): InstanceStatus['interfaces'] {
  return domain.spec.nics.map((nic) => {
    const seen = guest?.interfaces.find((entry) => entry.mac?.toLowerCase() === nic.mac)
    const addresses = (seen?.addresses ?? [])
      .filter((address) => !address.ip.startsWith('fe80:'))
      .map((address) => address.ip)
    // User-mode networking always offers the guest this one address by DHCP.
    const ips = addresses.length > 0 ? addresses : [guestAddressIn(nic.network.cidr)]
    return {
      name: nic.name,
      mac: nic.mac,
      ipAddress: ips[0] ?? '',
      ipAddresses: ips,
      infoSource: seen === undefined ? 'domain' : 'domain, guest-agent',
      queueCount: 1,
      linkState: nic.linkUp ? 'up' : 'down',
      ...(seen === undefined ? {} : { interfaceName: seen.name }),
    }
  })
}

/** The `.2` of the network, which its DHCP gives to the guest. */
export function guestAddressIn(cidr: string): string {
  const [network = ''] = cidr.split('/')
  return `${network.split('.').slice(0, 3).join('.')}.2`
}

function volumeStatusOf(instance: Readonly<VirtualMachineInstance>, domain: Domain): InstanceStatus['volumeStatus'] {
  return domain.spec.disks.map((disk, index) => {
    const volume = instance.spec.volumes?.find((entry) => entry.name === disk.name)
    const claimName = volume?.persistentVolumeClaim?.claimName ?? volume?.dataVolume?.name
    return {
      name: disk.name,
      target: targetName(disk.bus, index),
      ...(claimName === undefined ? {} : { persistentVolumeClaimInfo: { claimName } }),
    }
  })
}

/** The name a Linux guest most likely gives the disk (`vda`, `sdb`), as KubeVirt reports it. */
function targetName(bus: string, index: number): string {
  const letter = String.fromCharCode('a'.charCodeAt(0) + (index % 26))
  return (bus === 'virtio' ? 'vd' : 'sd') + letter
}

function osInfoOf(guest: GuestInfo): InstanceStatus['guestOSInfo'] {
  return { ...guest.os }
}
