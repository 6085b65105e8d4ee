/** Admission of networks: one kind each, one pod network, a card for each. */

import type { StatusCause } from '@berth/meta'
import type { Network } from '../types/volume.ts'
import { bindingAdmission, cardFieldAdmission, cardStateAdmission } from './interfaces.ts'
import { duplicateField, invalidField, requiredField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'
import { claimedNetworkAdmission } from './resource-claims.ts'

const sources = [
  {
    name: 'one pod network',
    causes: ({ networks }, { field }) => {
      const pods = (networks ?? []).filter(({ pod }) => pod !== undefined).length
      const defaults = (networks ?? []).filter(({ multus }) => multus?.default === true).length
      const causes: StatusCause[] = []
      if (pods > 1) {
        const at = `${field}.interfaces`
        causes.push(duplicateField(at, `more than one interface is connected to a pod network in ${at}`))
      }
      if (defaults > 1) {
        causes.push(invalidField(`${field}.networks`, 'Multus CNI should only have one default network'))
      }
      if (pods > 0 && defaults > 0) {
        const message = 'Pod network cannot be defined when Multus default network is defined'
        causes.push(invalidField(`${field}.networks`, message))
      }
      return causes
    },
  },
  {
    name: 'one type for a network',
    causes: ({ networks }, { field }) =>
      (networks ?? []).flatMap((network, index) => {
        const at = `${field}.networks[${index}]`
        const count = typesOf(network)
        if (count === 0) return [requiredField(at, 'should have a network type')]
        return count > 1 ? [requiredField(at, 'should have only one network type')] : []
      }),
  },
  {
    name: 'name of an attached network',
    causes: ({ networks }, { field }) => {
      const index = (networks ?? []).findIndex(
        ({ multus }) => multus !== undefined && (multus.networkName ?? '') === '',
      )
      return index < 0
        ? []
        : [requiredField(`${field}.networks[${index}]`, 'CNI delegating plugin must have a networkName')]
    },
  },
] as const satisfies readonly InstanceRule[]

const matching = [
  {
    name: 'a card for every network',
    causes: ({ networks, domain }, { field }) => {
      const cards = new Set((domain.devices.interfaces ?? []).map(({ name }) => name))
      return (networks ?? []).flatMap(({ name }, index) => {
        const at = `${field}.networks[${index}].name`
        return cards.has(name) ? [] : [requiredField(at, `${at} '${name}' not found.`)]
      })
    },
  },
  {
    name: 'one card for a network',
    causes: ({ domain }, { field }) =>
      repeated(domain.devices.interfaces ?? []).map((index) =>
        duplicateField(
          `${field}.domain.devices.interfaces[${index}].name`,
          'Only one interface can be connected to one specific network',
        ),
      ),
  },
  {
    name: 'a network for every card',
    causes: ({ networks, domain }, { field }) => {
      const known = new Set((networks ?? []).map(({ name }) => name))
      return (domain.devices.interfaces ?? []).flatMap(({ name }, index) => {
        const at = `${field}.domain.devices.interfaces[${index}].name`
        return known.has(name) ? [] : [invalidField(at, `${at} '${name}' not found.`)]
      })
    },
  },
] as const satisfies readonly InstanceRule[]

const unique = [
  {
    name: 'unique networks',
    causes: ({ networks }, { field }) =>
      repeated(networks ?? []).map((index) => {
        const name = JSON.stringify(networks?.[index]?.name)
        const message = `Network with name ${name} already exists, every network must have a unique name`
        return duplicateField(`${field}.networks[${index}].name`, message)
      }),
  },
] as const satisfies readonly InstanceRule[]

export const networkAdmission: readonly InstanceRule[] = [
  ...sources,
  ...cardStateAdmission,
  ...bindingAdmission,
  ...unique,
  ...claimedNetworkAdmission,
  ...matching,
  ...cardFieldAdmission,
]

function typesOf({ pod, multus, resourceClaim }: Network): number {
  return [pod, multus, resourceClaim].filter((type) => type !== undefined).length
}

/** Indices of the items whose name was seen before. */
function repeated(items: readonly { name: string }[]): number[] {
  const seen = new Set<string>()
  return [...items.keys()].filter((index) => {
    const name = items[index]?.name ?? ''
    if (seen.has(name)) return true
    seen.add(name)
    return false
  })
}
