/** Where the service of a webhook is to be found from this process. */

import type { JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { decodeStored } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'

export interface Address {
  /** A name or an IP address. */
  host: string
  port: number
}

export interface ServiceRef {
  namespace: string
  name: string
  port: number
}

/** @throws Error that says why there is no way to the service */
export type ResolveService = (service: ServiceRef) => Address | Promise<Address>

/**
 * Looks services up in the store: ExternalName, then EndpointSlices and Endpoints. A cluster IP alone leads nowhere, as nothing
 * on this host forwards it.
 */
export function storedServices(store: Pick<Store, 'get' | 'list'>): ResolveService {
  return ({ namespace, name, port }) => {
    const stored = store.get('core/services', `${namespace}/${name}`)
    if (stored === undefined) throw new Error(`service ${JSON.stringify(name)} not found`)
    const service = decodeStored(stored.value)
    const spec = objectAt(service, 'spec')
    if (textAt(spec, 'type') === 'ExternalName') return { host: textAt(spec, 'externalName'), port }
    const servicePort = objectsAt(spec, 'ports').find((each) => each['port'] === port)
    if (servicePort === undefined) {
      throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`)
    }
    const portName = textAt(servicePort, 'name')
    const found =
      sliceAddress(store, { namespace, name, portName }) ?? endpointAddress(store, { namespace, name, portName })
    if (found !== undefined) return found
    throw new Error(
      `no endpoints available for service ${JSON.stringify(name)}: this server runs no proxy for cluster IPs, ` +
        'so the service needs ready Endpoints or EndpointSlices, or the type ExternalName',
    )
  }
}

interface Wanted {
  namespace: string
  name: string
  portName: string
}

const sliceLabel = 'kubernetes.io/service-name'

function sliceAddress(store: Pick<Store, 'list'>, { namespace, name, portName }: Wanted): Address | undefined {
  const { items } = store.list('discovery.k8s.io/endpointslices', { prefix: `${namespace}/` })
  for (const { value } of items) {
    const slice: ApiObject = decodeStored(value)
    if (slice.metadata.labels?.[sliceLabel] !== name) continue
    const ready = objectsAt(slice, 'endpoints').filter((each) => objectAt(each, 'conditions')?.['ready'] !== false)
    const host = ready.flatMap((each) => textsAt(each, 'addresses'))[0]
    const port = portNamed(objectsAt(slice, 'ports'), portName)
    if (host !== undefined && port !== undefined) return { host, port }
  }
  return undefined
}

function endpointAddress(store: Pick<Store, 'get'>, { namespace, name, portName }: Wanted): Address | undefined {
  const stored = store.get('core/endpoints', `${namespace}/${name}`)
  if (stored === undefined) return undefined
  for (const subset of objectsAt(decodeStored(stored.value), 'subsets')) {
    const host = textAt(objectsAt(subset, 'addresses')[0], 'ip')
    const port = portNamed(objectsAt(subset, 'ports'), portName)
    if (host !== '' && port !== undefined) return { host, port }
  }
  return undefined
}

function portNamed(ports: readonly JsonObject[], name: string): number | undefined {
  const port = ports.find((each) => textAt(each, 'name') === name)?.['port']
  return typeof port === 'number' ? port : undefined
}
