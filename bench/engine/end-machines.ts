/** Ends every machine of an engine at once, without asking the guests. */

import type { Engine } from '@berth/engine'

export async function endMachines({ services }: Engine): Promise<void> {
  const domains = services.driver.list().filter(({ status }) => status.state !== 'stopped')
  await Promise.all(domains.map((domain) => domain.destroy()))
}
