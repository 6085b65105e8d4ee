/** Admission of how a machine's pod finds names. */

import { isDns1123Subdomain, utf8Length, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField, requiredField, unsupportedField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'
import { isIpAddress } from './ip-address.ts'

const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None', '']
const maxNameservers = 3
const maxSearchPaths = 6
const maxSearchLength = 256

export const dnsAdmission: readonly InstanceRule[] = [
  {
    name: 'policy',
    causes: ({ dnsPolicy: policy }, { field }) =>
      policy === undefined || policies.includes(policy)
        ? []
        : [
            unsupportedField(
              `${field}.dnsPolicy`,
              `DNSPolicy: ${policy} is not supported, valid values: [${policies.join(' ')}]`,
            ),
          ],
  },
  { name: 'configuration', causes: configuration },
]

/** Most of these causes name their field without its path, in KubeVirt too. */
function configuration({ dnsPolicy, dnsConfig }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const nameservers = dnsConfig?.nameservers ?? []
  if (dnsPolicy === 'None' && dnsConfig === undefined) {
    return [requiredField(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')]
  }
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    return [requiredField('nameservers', 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  if (dnsConfig === undefined) return []
  const causes: StatusCause[] = []
  if (nameservers.length > maxNameservers) {
    const message = `must not have more than ${maxNameservers} nameservers: [${nameservers.join(' ')}]`
    causes.push(invalidField('nameservers', message))
  }
  for (const address of nameservers) {
    if (!isIpAddress(address)) causes.push(invalidField('nameservers', `must be valid IP address: ${address}`))
  }
  const searches = dnsConfig.searches ?? []
  if (searches.length > maxSearchPaths) {
    causes.push(invalidField('searchDomains', `must not have more than ${maxSearchPaths} search paths`))
  }
  if (utf8Length(searches.join(' ')) > maxSearchLength) {
    const message = `must not have more than ${maxSearchLength} characters (including spaces) in the search list`
    causes.push(invalidField('searchDomains', message))
  }
  for (const search of searches) {
    for (const problem of isDns1123Subdomain(search)) causes.push(invalidField('searchDomains', problem))
  }
  for (const { name } of dnsConfig.options ?? []) {
    if (name === undefined || name === '') causes.push(invalidField('options', 'Option.Name must not be empty'))
  }
  return causes
}
