/** Why a session on a device of a machine has ended. */

import type { ChannelEnd } from '@berth/apiserver'
import type { Domain, Driver } from '@berth/hypervisor'

/** A process's connections close a moment before its end is known. */
const patienceMs = 2000

export async function endOf(driver: Driver, domain: Domain): Promise<ChannelEnd> {
  await stopped(driver, domain)
  const { state, reason } = domain.status
  return state === 'stopped' && reason === 'crashed'
    ? { code: 1011, reason: 'QEMU of the machine ended unexpectedly' }
    : { code: 1000, reason: '' }
}

function stopped(driver: Driver, domain: Domain): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
    const timer = setTimeout(finish, patienceMs)
    const unsubscribe = driver.on((event) => {
      if (event.type === 'state' && event.id === domain.id && event.status.state === 'stopped') finish()
    })
    if (domain.status.state === 'stopped') finish()
  })
}
