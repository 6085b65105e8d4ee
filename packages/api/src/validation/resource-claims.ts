/** Admission of devices and networks that resource claims bring (dynamic resource allocation). */

import { isDns1123Label, isDns1123Subdomain, type StatusCause } from '@berth/meta'
import type { HostDevice } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { duplicateField, invalidField, notFoundField, requiredField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

export const claimedNetworkAdmission: readonly InstanceRule[] = [{ name: 'claimed networks', causes: claimedNetworks }]

function claimedNetworks(spec: VirtualMachineInstanceSpec, { field, configuration }: Place): StatusCause[] {
  const networks = spec.networks ?? []
  if (!networks.some(({ resourceClaim }) => resourceClaim !== undefined)) return []
  const at = `${field}.networks`
  if (!configuration.enabled('NetworkDevicesWithDRA')) {
    const message = 'vmi.spec.networks contains DRA networks but NetworkDevicesWithDRA feature gate is not enabled'
    return [invalidField(at, message)]
  }
  if (networks.some(({ multus }) => multus !== undefined)) {
    return [invalidField(at, 'mixing Multus and DRA resourceClaim networks in the same VMI is not supported')]
  }
  const seen = new Set<string>()
  const known = new Set((spec.resourceClaims ?? []).map(({ name }) => name))
  const cards = new Map((spec.domain.devices.interfaces ?? []).toReversed().map((card) => [card.name, card]))
  return networks.flatMap(({ name, resourceClaim }, index) => {
    if (resourceClaim === undefined) return []
    const causes: StatusCause[] = []
    const card = cards.get(name)
    if (card !== undefined && card.sriov === undefined && card.binding === undefined) {
      const message = `DRA network ${JSON.stringify(name)} requires an SR-IOV or binding plugin interface`
      causes.push(invalidField(`${field}.domain.devices.interfaces`, message))
    }
    const { claimName = '', requestName = '' } = resourceClaim
    const claim = `${at}[${index}].resourceClaim`
    if (claimName === '') causes.push(requiredField(`${claim}.claimName`, 'claimName is required for DRA network'))
    if (requestName === '') {
      causes.push(requiredField(`${claim}.requestName`, 'requestName is required for DRA network'))
    }
    if (claimName === '' || requestName === '') return causes
    if (!known.has(claimName)) {
      const message = `network references resourceClaim ${JSON.stringify(claimName)} which is not defined in spec.resourceClaims`
      causes.push(notFoundField(`${claim}.claimName`, message))
    }
    const pair = `${claimName}/${requestName}`
    if (seen.has(pair)) {
      const message = `duplicate claimName/requestName combination ${JSON.stringify(pair)}`
      causes.push(duplicateField(`${at}[${index}]`, message))
    }
    seen.add(pair)
    return causes
  })
}

export const claimAdmission: readonly InstanceRule[] = [
  { name: 'resource claims', causes: resourceClaims },
  { name: 'devices of claims', causes: claimedDevices },
]

function resourceClaims({ resourceClaims: claims }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const seen = new Set<string>()
  return (claims ?? []).flatMap(({ name, resourceClaimName: own, resourceClaimTemplateName: template }, index) => {
    const at = `${field}.resourceClaims[${index}]`
    const causes = claimName(name, at, seen)
    seen.add(name)
    if (own !== undefined && template !== undefined) {
      const message = 'at most one of resourceClaimName or resourceClaimTemplateName may be specified'
      causes.push(invalidField(at, message))
    }
    if (own === undefined && template === undefined) {
      causes.push(invalidField(at, 'must specify one of: resourceClaimName, resourceClaimTemplateName'))
    }
    for (const problem of own === undefined ? [] : isDns1123Subdomain(own)) {
      causes.push(invalidField(`${at}.resourceClaimName`, problem))
    }
    for (const problem of template === undefined ? [] : isDns1123Subdomain(template)) {
      causes.push(invalidField(`${at}.resourceClaimTemplateName`, problem))
    }
    return causes
  })
}

function claimName(name: string, at: string, seen: ReadonlySet<string>): StatusCause[] {
  const field = `${at}.name`
  if ((name ?? '') === '') return [requiredField(field, `${field} is a required field`)]
  if (seen.has(name)) return [duplicateField(field, `duplicate resourceClaims name ${JSON.stringify(name)}`)]
  const problems = isDns1123Label(name)
  if (problems.length === 0) return []
  return [invalidField(field, `${field} does not conform to the kubernetes DNS_LABEL rules: ${problems.join(', ')}`)]
}

interface DeviceKind {
  key: 'gpus' | 'hostDevices'
  word: string
  gate: 'GPUsWithDRA' | 'HostDevicesWithDRA'
  /** A machine has either claimed devices of this kind or others. */
  allOrNone: boolean
}

const kinds: readonly DeviceKind[] = [
  { key: 'gpus', word: 'GPU', gate: 'GPUsWithDRA', allOrNone: true },
  { key: 'hostDevices', word: 'HostDevice', gate: 'HostDevicesWithDRA', allOrNone: false },
]

interface Found {
  causes: StatusCause[]
  /** `claim/request` to the index of the first device that has it. */
  pairs: Map<string, number>
}

function claimedDevices(spec: VirtualMachineInstanceSpec, place: Place): StatusCause[] {
  const found = kinds.map((kind) => ({ kind, ...devicesOf(kind, spec.domain.devices[kind.key] ?? [], place) }))
  const causes = found.flatMap((each) => each.causes)
  const owners = new Map<string, string>()
  for (const { kind, pairs } of found) {
    for (const [pair, index] of pairs) {
      const owner = owners.get(pair)
      const self = `${kind.word}s[${index}]`
      if (owner === undefined) owners.set(pair, self)
      else {
        const message = `duplicate claimName/requestName pair ${JSON.stringify(pair)} between ${owner} and ${self}`
        causes.push(duplicateField(`${place.field}.domain.devices.${kind.key}[${index}]`, message))
      }
    }
  }
  const known = new Set((spec.resourceClaims ?? []).map(({ name }) => name))
  if ([...owners.keys()].some((pair) => !known.has(pair.slice(0, pair.indexOf('/'))))) {
    const message =
      'vmi.spec.resourceClaims must specify all claims used in vmi.spec.domain.devices.gpus and vmi.spec.domain.devices.hostDevices'
    causes.push(invalidField(`${place.field}.resourceClaims`, message))
  }
  return causes
}

function isClaimed({ deviceName, claimName, requestName }: HostDevice): boolean {
  return (deviceName ?? '') === '' && (claimName !== undefined || requestName !== undefined)
}

function devicesOf(kind: DeviceKind, devices: readonly HostDevice[], { field, configuration }: Place): Found {
  const at = `${field}.domain.devices.${kind.key}`
  const said = `vmi.spec.domain.devices.${kind.key}`
  const pairs = new Map<string, number>()
  const claimed = devices.filter(isClaimed).length
  if (kind.allOrNone && claimed > 0 && claimed < devices.length) {
    const message = `${said} contains both DRA and non-DRA ${kind.word}s; each ${kind.word} must be either DRA or non-DRA`
    return { causes: [invalidField(at, message)], pairs }
  }
  const causes = devices.filter((device) => !isClaimed(device)).flatMap((device) => namedDevice(device, kind, at))
  if (claimed > 0 && !configuration.enabled(kind.gate)) {
    const message = `${said} contains DRA enabled ${kind.word}s but feature gate is not enabled`
    return { causes: [...causes, invalidField(at, message)], pairs }
  }
  for (const [index, device] of devices.entries()) {
    if (!isClaimed(device)) continue
    const { claimName = '', requestName = '' } = device
    const own = `${at}[${index}]`
    if (claimName === '') causes.push(requiredField(`${own}.claimName`, `claimName is required for DRA ${kind.word}`))
    if (requestName === '') {
      causes.push(requiredField(`${own}.requestName`, `requestName is required for DRA ${kind.word}`))
    }
    if (claimName === '' || requestName === '') continue
    const pair = `${claimName}/${requestName}`
    if (pairs.has(pair)) {
      causes.push(duplicateField(own, `duplicate claimName/requestName pair ${JSON.stringify(pair)}`))
    } else pairs.set(pair, index)
  }
  return { causes, pairs }
}

function namedDevice(device: HostDevice, { key, word }: DeviceKind, at: string): StatusCause[] {
  const said = `vmi.spec.domain.devices.${key}`
  if ((device.deviceName ?? '') === '') {
    const message = `${said} contains ${word}s without deviceName or claimRequest; each ${word} must specify either a deviceName or a claimRequest`
    return [requiredField(at, message)]
  }
  if (device.claimName === undefined && device.requestName === undefined) return []
  return [invalidField(at, `${said} contains ${word}s with both deviceName and claimRequest`)]
}
