/** What makes a service invalid (core validation, the part clients run into). */

import { isIP } from 'node:net'
import {
  forbiddenValue,
  invalidValue,
  isDns1123Subdomain,
  isQualifiedName,
  requiredValue,
  unsupportedValue,
  validateLabels,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { numberAt, objectAt, objectsAt, textAt, textsAt } from './fields.ts'
import { isExternal } from './service-node-ports.ts'
import { portsCauses } from './service-ports.ts'

export const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

/** Fields with a closed set of values; an absent one is fine. */
const choices: Record<string, string[]> = {
  sessionAffinity: ['ClientIP', 'None'],
  internalTrafficPolicy: ['Cluster', 'Local'],
  ipFamilyPolicy: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
}

const badAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const badRange = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
const onlyBalanced = "may only be used when `type` is 'LoadBalancer'"

export function serviceCauses(service: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const spec = objectAt(service, 'spec') ?? {}
  const type = textAt(spec, 'type')
  const causes: StatusCause[] = []
  if (!serviceTypes.includes(type)) causes.push(unsupportedValue('spec.type', type, serviceTypes))
  if (type === 'ExternalName') causes.push(...externalNameCauses(spec))
  const headless = textAt(spec, 'clusterIP') === 'None'
  const ports = objectsAt(spec, 'ports')
  if (ports.length === 0 && !headless && type !== 'ExternalName') causes.push(requiredValue('spec.ports'))
  causes.push(...portsCauses(ports, type))
  if (headless && type !== 'ClusterIP') {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  }
  causes.push(...choiceCauses(spec), ...affinityCauses(spec), ...addressCauses(spec), ...balancerCauses(spec))
  const selector = Object.entries(objectAt(spec, 'selector') ?? {}).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  )
  causes.push(...validateLabels(Object.fromEntries(selector), 'spec.selector'))
  return [...causes, ...addressChange(spec, objectAt(previous, 'spec'))]
}

function choiceCauses(spec: JsonObject): StatusCause[] {
  const causes = Object.entries(choices).flatMap(([field, allowed]) => {
    const value = textAt(spec, field)
    return value === '' || allowed.includes(value) ? [] : [unsupportedValue(`spec.${field}`, value, allowed)]
  })
  textsAt(spec, 'ipFamilies').forEach((family, index) => {
    if (family === 'IPv4' || family === 'IPv6') return
    causes.push(unsupportedValue(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']))
  })
  const policy = textAt(spec, 'externalTrafficPolicy')
  if (policy === '') return causes
  if (!isExternal(spec)) {
    const why = 'may only be set for externally-accessible services'
    causes.push(invalidValue('spec.externalTrafficPolicy', policy, why))
  } else if (policy !== 'Cluster' && policy !== 'Local') {
    causes.push(unsupportedValue('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']))
  }
  return causes
}

const dayInSeconds = 86_400

function affinityCauses(spec: JsonObject): StatusCause[] {
  const client = objectAt(objectAt(spec, 'sessionAffinityConfig'), 'clientIP')
  if (client === undefined || textAt(spec, 'sessionAffinity') !== 'ClientIP') return []
  const seconds = numberAt(client, 'timeoutSeconds')
  if (seconds > 0 && seconds <= dayInSeconds) return []
  const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds'
  return [invalidValue(path, seconds, `must be greater than 0 and less than ${dayInSeconds}`)]
}

function addressCauses(spec: JsonObject): StatusCause[] {
  const causes: StatusCause[] = []
  const address = textAt(spec, 'clusterIP')
  if (address !== '' && address !== 'None' && isIP(address) === 0) {
    causes.push(invalidValue('spec.clusterIPs[0]', address, badAddress))
  }
  textsAt(spec, 'externalIPs').forEach((each, index) => {
    if (isIP(each) === 0) causes.push(invalidValue(`spec.externalIPs[${index}]`, each, badAddress))
  })
  return causes
}

/** What only a load balancer has. */
function balancerCauses(spec: JsonObject): StatusCause[] {
  const causes: StatusCause[] = []
  const balanced = textAt(spec, 'type') === 'LoadBalancer'
  const ranges = textsAt(spec, 'loadBalancerSourceRanges')
  // Kubernetes writes this one path with a capital.
  if (ranges.length > 0 && !balanced) causes.push(forbiddenValue('spec.LoadBalancerSourceRanges', onlyBalanced))
  if (balanced) {
    ranges.forEach((each, index) => {
      if (!isRange(each.trim())) causes.push(invalidValue(`spec.LoadBalancerSourceRanges[${index}]`, each, badRange))
    })
  }
  if (spec['allocateLoadBalancerNodePorts'] !== undefined && !balanced) {
    causes.push(forbiddenValue('spec.allocateLoadBalancerNodePorts', onlyBalanced))
  }
  const balancer = textAt(spec, 'loadBalancerClass')
  if (balancer !== '') {
    if (!balanced) causes.push(forbiddenValue('spec.loadBalancerClass', onlyBalanced))
    else causes.push(...isQualifiedName(balancer).map((why) => invalidValue('spec.loadBalancerClass', balancer, why)))
  }
  const health = numberAt(spec, 'healthCheckNodePort')
  if (health !== 0 && !(balanced && textAt(spec, 'externalTrafficPolicy') === 'Local')) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    causes.push(invalidValue('spec.healthCheckNodePort', health, why))
  }
  return causes
}

function isRange(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  const family = isIP(address)
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)
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
