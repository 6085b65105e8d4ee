/** What makes a service invalid (core validation, the part clients run into). */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { numberAt, objectAt, objectsAt, textAt } from './fields.ts'

export const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']

export function serviceCauses(service: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const spec = objectAt(service, 'spec') ?? {}
  const type = textAt(spec, 'type')
  const causes: StatusCause[] = []
  if (!serviceTypes.includes(type)) causes.push(unsupportedValue('spec.type', type, serviceTypes))
  if (type === 'ExternalName') causes.push(...externalNameCauses(spec))
  const headless = textAt(spec, 'clusterIP') === 'None'
  const ports = objectsAt(spec, 'ports')
  if (ports.length === 0 && !headless && type !== 'ExternalName') causes.push(requiredValue('spec.ports'))
  causes.push(...portsCauses(ports))
  if (headless && type !== 'ClusterIP') {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  }
  const affinity = textAt(spec, 'sessionAffinity')
  if (affinity !== '' && affinity !== 'None' && affinity !== 'ClientIP') {
    causes.push(unsupportedValue('spec.sessionAffinity', affinity, ['ClientIP', 'None']))
  }
  return [...causes, ...addressChange(spec, objectAt(previous, 'spec'))]
}

/** The ClusterIP stays as long as the service has one; only a change from or to ExternalName gives it up. */
function addressChange(spec: JsonObject, before: JsonObject | undefined): StatusCause[] {
  if (before === undefined || textAt(before, 'type') === 'ExternalName' || textAt(spec, 'type') === 'ExternalName')
    return []
  const address = textAt(spec, 'clusterIP')
  if (textAt(before, 'clusterIP') === '' || address === textAt(before, 'clusterIP')) return []
  return [invalidValue('spec.clusterIPs[0]', [address], 'may not change once set')]
}

function externalNameCauses(spec: JsonObject): StatusCause[] {
  const name = textAt(spec, 'externalName').replace(/\.$/, '')
  if (name === '') return [requiredValue('spec.externalName')]
  const causes = isDns1123Subdomain(name).map((problem) => invalidValue('spec.externalName', name, problem))
  if (textAt(spec, 'clusterIP') !== '') {
    causes.push(forbiddenValue('spec.clusterIPs[0]', 'may not be set when `type` is "ExternalName"'))
  }
  return causes
}

function portsCauses(ports: JsonObject[]): StatusCause[] {
  const causes: StatusCause[] = []
  const names = new Set<string>()
  const numbers = new Set<string>()
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`
    const name = textAt(port, 'name')
    if (name === '' && ports.length > 1) causes.push(requiredValue(`${path}.name`))
    if (name !== '') {
      causes.push(...isDns1123Label(name).map((problem) => invalidValue(`${path}.name`, name, problem)))
      if (names.has(name)) causes.push(duplicateValue(`${path}.name`, name))
      names.add(name)
    }
    const protocol = textAt(port, 'protocol')
    if (!protocols.includes(protocol)) causes.push(unsupportedValue(`${path}.protocol`, protocol, protocols))
    causes.push(...numberCauses(numberAt(port, 'port'), `${path}.port`))
    const target = port['targetPort']
    if (typeof target === 'number') causes.push(...numberCauses(target, `${path}.targetPort`))
    const key = `${protocol}/${numberAt(port, 'port')}`
    if (numbers.has(key)) causes.push(duplicateValue(path, { port: numberAt(port, 'port'), protocol }))
    numbers.add(key)
  })
  return causes
}

function numberCauses(port: number, path: string): StatusCause[] {
  return port >= 1 && port <= 65_535 ? [] : [invalidValue(path, port, 'must be between 1 and 65535, inclusive')]
}
