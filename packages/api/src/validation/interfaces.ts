/** Admission of network cards: state, binding, model, addresses, DHCP options. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Card } from './card.ts'
import { invalidField, unsupportedField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'
import { isIpv4Address } from './ip-address.ts'
import { isPciAddress } from './pci-address.ts'
import { portRanges, ports } from './ports.ts'

/** What a bridge inside KubeVirt's pods uses. */
const reservedMac = '02:00:00:00:00:00'
const models = ['', 'e1000', 'e1000e', 'igb', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio']
const bindings = ['bridge', 'masquerade', 'sriov', 'passtBinding', 'binding'] as const

type CardRule = (card: Card) => StatusCause[]

/** One rule of an instance that asks several of each card in turn. */
function forCards(name: string, rules: readonly CardRule[]): InstanceRule {
  return {
    name,
    causes: (spec, place) => cardsOf(spec, place).flatMap((card) => rules.flatMap((rule) => rule(card))),
  }
}

function cardsOf({ domain, networks = [] }: VirtualMachineInstanceSpec, place: Place): Card[] {
  // KubeVirt's index keeps the last of a name.
  const byName = new Map(networks.map((network) => [network.name, network]))
  return (domain.devices.interfaces ?? []).map((card, index) => ({
    ...place,
    card,
    network: byName.get(card.name),
    at: `${place.field}.domain.devices.interfaces[${index}]`,
    networks,
  }))
}

function state({ card, networks, at }: Card): StatusCause[] {
  const value: string = card.state ?? ''
  const field = `${at}.state`
  const causes: StatusCause[] = []
  const quoted = JSON.stringify(card.name)
  if (!['', 'absent', 'down', 'up'].includes(value)) {
    causes.push(invalidField(field, `logical ${card.name} interface state value is unsupported: ${value}`))
  }
  if (card.sriov !== undefined && (value === 'down' || value === 'up')) {
    causes.push(invalidField(field, `${quoted} interface's state "${value}" is not supported for SR-IOV NICs`))
  }
  if (value !== 'absent') return causes
  if (card.bridge === undefined) {
    causes.push(invalidField(field, `${quoted} interface's state "absent" is supported only for bridge binding`))
  }
  const main = networks.find(({ pod, multus }) => pod !== undefined || multus?.default === true)
  if (main?.name === card.name) {
    causes.push(invalidField(field, `${quoted} interface's state "absent" is not supported on default networks`))
  }
  return causes
}

function oneBinding({ card, at }: Card): StatusCause[] {
  return bindings.filter((binding) => card[binding] !== undefined).length === 1
    ? []
    : [invalidField(at, `logical ${card.name} interface must have exactly one binding method or binding plugin`)]
}

function masquerade({ card, network, at }: Card): StatusCause[] {
  if (card.masquerade === undefined) return []
  const causes: StatusCause[] = []
  if (network?.pod === undefined) {
    causes.push(invalidField(`${at}.name`, 'Masquerade interface only implemented with pod network'))
  }
  if (card.macAddress === reservedMac) {
    const message = 'The requested MAC address is reserved for the in-pod bridge. Please choose another one.'
    causes.push(invalidField(`${at}.macAddress`, message))
  }
  return causes
}

function bridge({ card, network, at, configuration }: Card): StatusCause[] {
  const refused =
    card.bridge !== undefined && network?.pod !== undefined && !configuration.permitBridgeInterfaceOnPodNetwork
  const message = 'Bridge on pod network configuration is not enabled under kubevirt-config'
  return refused ? [invalidField(`${at}.name`, message)] : []
}

function passt({ card, network, at, configuration }: Card): StatusCause[] {
  if (card.passtBinding === undefined) return []
  const causes: StatusCause[] = []
  if (!configuration.enabled('PasstBinding')) {
    causes.push(invalidField(`${at}.name`, 'PasstBinding feature gate is not enabled'))
  }
  if (network?.pod === undefined) {
    causes.push(invalidField(`${at}.name`, 'PasstBinding interface only implemented with pod network'))
  }
  return causes
}

function cardName({ card, at }: Card): StatusCause[] {
  const message =
    'Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)'
  return /^[A-Za-z0-9_-]+$/.test(card.name) ? [] : [invalidField(`${at}.name`, message)]
}

function model({ card, at }: Card): StatusCause[] {
  if (card.model === undefined || models.includes(card.model)) return []
  return [unsupportedField(`${at}.model`, `interface ${at}.name uses model ${card.model} that is not supported.`)]
}

/** Six, eight or twenty bytes, as Go reads hardware addresses: in pairs with `:` or `-`, in fours with `.`. */
const hardwareAddress =
  /^[\da-f]{2}(?:(?<separator>[:-])[\da-f]{2})(?:\k<separator>[\da-f]{2}){4}(?:(?:\k<separator>[\da-f]{2}){2}|(?:\k<separator>[\da-f]{2}){14})?$|^[\da-f]{4}(?:\.[\da-f]{4}){2}(?:\.[\da-f]{4}|(?:\.[\da-f]{4}){7})?$/i
const macDigits = 12

export function isMacAddress(text: string): boolean {
  return hardwareAddress.test(text) && text.replaceAll(/[^\da-f]/gi, '').length <= macDigits
}

function macAddress({ card, at }: Card): StatusCause[] {
  const mac = card.macAddress ?? ''
  const words = (problem: string) => [
    invalidField(`${at}.macAddress`, `interface ${at}.name has ${problem} MAC address (${mac}).`),
  ]
  if (mac === '') return []
  if (!hardwareAddress.test(mac)) return words('malformed')
  return mac.replaceAll(/[^\da-f]/gi, '').length > macDigits ? words('too long') : []
}

function pciAddress({ card, at }: Card): StatusCause[] {
  const address = card.pciAddress ?? ''
  return address === '' || isPciAddress(address)
    ? []
    : [invalidField(`${at}.pciAddress`, `interface ${at}.name has malformed PCI address (${address}).`)]
}

const dhcpOptions = { first: 224, last: 254 }

function dhcp({ card, field, at }: Card): StatusCause[] {
  const { privateOptions = [], ntpServers = [] } = card.dhcpOptions ?? {}
  const causes: StatusCause[] = []
  // The first two are told of the whole spec.
  if (new Set(privateOptions.map(({ option }) => option)).size < privateOptions.length) {
    causes.push(invalidField(field, 'Found Duplicates: you have provided duplicate DHCPPrivateOptions'))
  }
  for (const { option } of privateOptions) {
    if (option < dhcpOptions.first || option > dhcpOptions.last) {
      const message = `provided DHCPPrivateOptions are out of range, must be in range ${dhcpOptions.first} to ${dhcpOptions.last}`
      causes.push(invalidField(field, message))
    }
  }
  for (const [index, server] of ntpServers.entries()) {
    if (!isIpv4Address(server)) {
      const message = 'NTP servers must be a list of valid IPv4 addresses.'
      causes.push(invalidField(`${at}.dhcpOptions.ntpServers[${index}]`, message))
    }
  }
  return causes
}

export const cardStateAdmission: readonly InstanceRule[] = [forCards('state', [state])]
export const bindingAdmission: readonly InstanceRule[] = [forCards('binding', [oneBinding, masquerade, bridge, passt])]
export const cardFieldAdmission: readonly InstanceRule[] = [
  forCards('fields', [cardName, model, macAddress, pciAddress, ports, portRanges, dhcp]),
]

const discontinued = {
  slirp: 'Slirp interface support',
  passt: 'Passt network binding',
  macvtap: 'Macvtap network binding',
}

/** Only on create: what runs with one keeps it. */
export const discontinuedAdmission: readonly InstanceRule[] = [
  forCards('discontinued bindings', [
    ({ card, at }) =>
      (['slirp', 'passt', 'macvtap'] as const)
        .filter((binding) => card[binding] !== undefined)
        .map((binding) =>
          invalidField(`${at}.${binding}`, `${discontinued[binding]} has been discontinued since v1.3`),
        ),
  ]),
]
