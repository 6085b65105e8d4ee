/** What guests do by themselves, done by simulated ones when a test says so. */

import { DriverError, type Domain, type DomainReason } from '../driver.ts'
import { SimulatedDomain } from './domain.ts'

/** `crash` is the death of the machine's process, not the guest's doing. */
export const guestActs = ['power-off', 'reboot', 'panic', 'crash', 'watchdog', 'io-error'] as const
export type GuestAct = (typeof guestActs)[number]

const endings = {
  'power-off': 'guest-shutdown',
  panic: 'guest-panic',
  crash: 'crashed',
  watchdog: 'watchdog',
} as const satisfies Partial<Record<GuestAct, DomainReason>>

/** @throws {DriverError} WrongState when it is no simulated machine, or does not run */
export function simulateGuest(domain: Domain, act: GuestAct): void {
  if (!(domain instanceof SimulatedDomain))
    throw new DriverError('WrongState', `${domain.id} has a guest of its own will`)
  if (act === 'reboot') domain.rebootItself()
  else if (act === 'io-error') domain.failDisk()
  else domain.endItself(endings[act])
}
