/** A picture of the screen. Its failures are a plain-text 500, as in KubeVirt. */

import { checkVnc } from '@berth/api'
import type { SubresourceAnswer, SubresourceRequest } from '@berth/apiserver'
import { DriverError } from '@berth/hypervisor'
import { StatusError } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { findInstance, runningDomain } from '../instance-lookup.ts'

export async function screenshot(services: EngineServices, request: SubresourceRequest): Promise<SubresourceAnswer> {
  try {
    const instance = await findInstance(services, request)
    checkVnc(instance)
    return { kind: 'bytes', contentType: 'image/png', body: await runningDomain(services, instance).screenshot() }
  } catch (error) {
    if (error instanceof DriverError || error instanceof StatusError)
      return { kind: 'text', code: 500, body: error.message }
    throw error
  }
}
