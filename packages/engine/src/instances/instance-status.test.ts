import type { DomainReason } from '@berth/hypervisor'
import { describe, expect, it } from 'vitest'
import { instanceOf } from '../testing/manifests.ts'
import { endOf } from './instance-status.ts'
import { guestAddressIn } from './interface-status.ts'

describe('the end of a machine', () => {
  it.each<
    [DomainReason | undefined, { acpi?: boolean; grace?: number; deleted?: boolean }, string, string | undefined]
  >([
    ['guest-shutdown', {}, 'Succeeded', undefined],
    ['destroyed', {}, 'Failed', 'Destroyed'],
    ['destroyed', { acpi: false }, 'Succeeded', undefined],
    ['destroyed', { grace: 0, deleted: true }, 'Succeeded', undefined],
    ['destroyed', { grace: 0 }, 'Failed', 'Destroyed'],
    ['guest-panic', {}, 'Failed', 'GuestPanicked'],
    ['watchdog', {}, 'Failed', 'Watchdog'],
    ['crashed', {}, 'Failed', 'Crashed'],
    [undefined, {}, 'Failed', 'Crashed'],
  ])('%s with %j is %s', (reason, { acpi, grace, deleted }, phase, why) => {
    const instance = instanceOf('web', {
      ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
      domain: { devices: {}, ...(acpi === undefined ? {} : { features: { acpi: { enabled: acpi } } }) },
    })
    if (deleted === true) instance.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    const end = endOf(instance, {
      state: 'stopped',
      agentConnected: false,
      ...(reason === undefined ? {} : { reason }),
    })
    expect(end.phase).toBe(phase)
    expect(end.reason).toBe(why)
  })

  it('tells the last words of a crash', () => {
    const status = { state: 'stopped', reason: 'crashed', detail: 'out of memory', agentConnected: false } as const
    expect(endOf(instanceOf('web'), status).message).toBe('The VirtualMachineInstance crashed. out of memory')
  })
})

it.each([
  ['10.0.2.0/24', '10.0.2.2'],
  ['192.168.100.0/24', '192.168.100.2'],
])('the guest of %s is given %s', (cidr, address) => {
  expect(guestAddressIn(cidr)).toBe(address)
})
