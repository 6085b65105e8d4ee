/** A machine as it is written elsewhere: without its instance type and preference, which may not be there. */

import type { VirtualMachine } from '@berth/api'
import { expand } from '../instancetypes/expand.ts'
import type { EngineServices } from '../services.ts'

export async function expandedForExport(
  machine: Readonly<VirtualMachine>,
  services: EngineServices,
): Promise<VirtualMachine> {
  const { status: _status, ...rest } = await expand(machine, services)
  return rest
}
