/** Admission of networks and network cards: each needs the other, one pod network, well-formed addresses. */

import type { StatusCause } from '@berth/meta'
import { bindings } from '../defaulting/devices.ts'
import type { Interface } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Network } from '../types/volume.ts'
import { duplicateField, invalidField, requiredField, unsupportedField, type Rule } from './cause.ts'

/** What a bridge inside KubeVirt's pods uses. */
const reservedMac = '02:00:00:00:00:00'
const models = ['e1000', 'e1000e', 'igb', 'ne2k_pci', 'pcnet', 'rtl8139', 'virtio']

interface Item {
  card: Interface
  network: Network | undefined
  field: string
}

const cardRules: readonly { name: string; causes: (item: Item) => StatusCause[] }[] = [
  {
    name: 'a network',
    causes: ({ card, network, field }) =>
      network === undefined ? [invalidField(`${field}.name`, `${field}.name '${card.name}' not found.`)] : [],
  },
  {
    name: 'name',
    causes: ({ card, field }) =>
      /^[A-Za-z0-9_-]{1,63}$/.test(card.name)
        ? []
        : [
            invalidField(
              `${field}.name`,
              'Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)',
            ),
          ],
  },
  {
    name: 'one binding',
    causes: ({ card, field }) =>
      Object.keys(card).filter((key) => bindings.has(key)).length > 1
        ? [invalidField(field, `${field} must have only one binding method.`)]
        : [],
  },
  {
    name: 'model',
    causes: ({ card, field }) =>
      card.model === undefined || models.includes(card.model)
        ? []
        : [
            unsupportedField(
              `${field}.model`,
              `interface ${field}.name uses model ${card.model} that is not supported.`,
            ),
          ],
  },
  { name: 'MAC address', causes: macAddress },
  {
    name: 'masquerade',
    causes: ({ card, network, field }) => {
      if (card.masquerade === undefined) return []
      const causes: StatusCause[] = []
      if (network !== undefined && network.pod === undefined) {
        causes.push(invalidField(`${field}.name`, 'Masquerade interface only implemented with pod network'))
      }
      if (card.macAddress?.toLowerCase().replaceAll('-', ':') === reservedMac) {
        const message = 'The requested MAC address is reserved for the in-pod bridge. Please choose another one.'
        causes.push(invalidField(`${field}.macAddress`, message))
      }
      return causes
    },
  },
  { name: 'ports', causes: ports },
]

function macAddress({ card, field }: Item): StatusCause[] {
  const mac = card.macAddress
  if (mac === undefined || mac === '') return []
  const at = `${field}.macAddress`
  if (!/^([0-9a-f]{2}([:-]|$)){6,8}$/i.test(mac)) {
    return [invalidField(at, `interface ${field}.name has malformed MAC address (${mac.slice(0, 40)}).`)]
  }
  if (mac.length > 17) return [invalidField(at, `interface ${field}.name has MAC address (${mac}) that is too long.`)]
  // The lowest bit of the first byte marks a group: no card can have it as its own address.
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    return [invalidField(at, `interface ${field}.name has a multicast MAC address (${mac}).`)]
  }
  return []
}

function ports({ card, field }: Item): StatusCause[] {
  const names = new Set<string>()
  return (card.ports ?? []).flatMap(({ name, port, protocol }, index) => {
    const at = `${field}.ports[${index}]`
    const causes: StatusCause[] = []
    if (port === undefined || port === 0) causes.push(requiredField(at, 'Port field is mandatory.'))
    else if (port < 0 || port > 65_535) causes.push(invalidField(at, 'Port field must be in range 0 < x < 65536.'))
    if (protocol !== undefined && protocol !== 'TCP' && protocol !== 'UDP') {
      causes.push(invalidField(`${at}.protocol`, 'Unknown protocol, only TCP or UDP allowed'))
    }
    if (name !== undefined && name !== '') {
      if (names.has(name)) causes.push(duplicateField(`${at}.name`, `Duplicate name of the port: ${name}`))
      names.add(name)
      if (!/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name)) {
        causes.push(invalidField(`${at}.name`, `Invalid name of the port: ${name.slice(0, 40)}`))
      }
    }
    return causes
  })
}

export const networkAdmission: readonly Rule<VirtualMachineInstanceSpec>[] = [
  {
    name: 'each card',
    causes: (spec, field) => {
      const networks = new Map((spec.networks ?? []).map((network) => [network.name, network]))
      return (spec.domain.devices.interfaces ?? []).flatMap((card, index) =>
        cardRules.flatMap((rule) =>
          rule.causes({
            card,
            network: networks.get(card.name),
            field: `${field}.domain.devices.interfaces[${index}]`,
          }),
        ),
      )
    },
  },
  {
    name: 'one card for a network',
    causes: (spec, field) => {
      const seen = new Set<string>()
      return (spec.domain.devices.interfaces ?? []).flatMap(({ name }, index) => {
        const at = `${field}.domain.devices.interfaces[${index}].name`
        if (seen.has(name)) return [duplicateField(at, 'Only one interface can be connected to one specific network')]
        seen.add(name)
        return []
      })
    },
  },
  {
    name: 'a card for every network',
    causes: (spec, field) => {
      const cards = new Set((spec.domain.devices.interfaces ?? []).map(({ name }) => name))
      return (spec.networks ?? []).flatMap(({ name }, index) => {
        const at = `${field}.networks[${index}].name`
        return cards.has(name) ? [] : [requiredField(at, `${at} '${name}' not found.`)]
      })
    },
  },
  {
    name: 'unique networks',
    causes: (spec, field) => {
      const seen = new Set<string>()
      return (spec.networks ?? []).flatMap(({ name }, index) => {
        if (!seen.has(name)) {
          seen.add(name)
          return []
        }
        const message = `Network with name "${name}" already exists, every network must have a unique name`
        return [duplicateField(`${field}.networks[${index}].name`, message)]
      })
    },
  },
  {
    name: 'one type for a network',
    causes: (spec, field) =>
      (spec.networks ?? []).flatMap((network, index) => {
        const types = Object.entries(network).filter(([key, value]) => key !== 'name' && value !== undefined).length
        const at = `${field}.networks[${index}]`
        if (types === 0) return [requiredField(at, 'should have a network type')]
        return types > 1 ? [requiredField(at, 'should have only one network type')] : []
      }),
  },
  {
    name: 'one pod network',
    causes: (spec, field) =>
      (spec.networks ?? []).filter(({ pod }) => pod !== undefined).length > 1
        ? [
            duplicateField(
              `${field}.networks`,
              `more than one interface is connected to a pod network in ${field}.interfaces`,
            ),
          ]
        : [],
  },
  {
    name: 'pod network addresses',
    causes: (spec, field) =>
      (spec.networks ?? []).flatMap(({ pod }, index) => {
        const cidr = pod?.vmNetworkCIDR
        if (cidr === undefined || cidr === '' || isCidr(cidr)) return []
        return [invalidField(`${field}.networks[${index}].pod.vmNetworkCIDR`, `Invalid CIDR ${cidr.slice(0, 40)}`)]
      }),
  },
]

function isCidr(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  return match !== null && match.slice(1, 5).every((byte) => Number(byte) <= 255) && Number(match[5]) <= 32
}
