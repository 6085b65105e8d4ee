/** Admission of the fields at the top of an instance's spec. */

import { isDns1123Label, isDns1123Subdomain } from '@berth/meta'
import { invalidField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'

const evictionStrategies = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External']

export const nameAdmission: readonly InstanceRule[] = [
  {
    name: 'host name',
    causes: ({ hostname }, { field }) => {
      const problems = hostname === undefined || hostname === '' ? [] : isDns1123Label(hostname)
      const at = `${field}.hostname`
      return problems.length === 0
        ? []
        : [invalidField(at, `${at} does not conform to the kubernetes DNS_LABEL rules : ${problems.join(', ')}`)]
    },
  },
  {
    name: 'subdomain',
    causes: ({ subdomain }, { field }) => {
      const problems = subdomain === undefined || subdomain === '' ? [] : isDns1123Subdomain(subdomain)
      const at = `${field}.subdomain`
      return problems.length === 0
        ? []
        : [invalidField(at, `${at} does not conform to the kubernetes DNS_SUBDOMAIN rules : ${problems.join(', ')}`)]
    },
  },
]

export const startAdmission: readonly InstanceRule[] = [
  {
    name: 'start strategy',
    causes: ({ startStrategy, livenessProbe }, { field }) => {
      const at = `${field}.startStrategy`
      if (startStrategy === undefined) return []
      if (startStrategy !== 'Paused') {
        return [invalidField(at, `${at} is set with an unrecognized option: ${String(startStrategy)}`)]
      }
      if (livenessProbe === undefined) return []
      const message = `either ${at} or ${field}.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported`
      return [invalidField(at, message)]
    },
  },
]

export const evictionAdmission: readonly InstanceRule[] = [
  {
    name: 'eviction strategy',
    causes: ({ evictionStrategy }, { field }) => {
      const at = `${field}.evictionStrategy`
      return evictionStrategy === undefined || evictionStrategies.includes(evictionStrategy)
        ? []
        : [invalidField(at, `${at} is set with an unrecognized option: ${evictionStrategy}`)]
    },
  },
]

export const serviceAccountAdmission: readonly InstanceRule[] = [
  {
    name: 'service account name',
    causes: ({ serviceAccountName: name }, { field }) => {
      const problems = name === undefined || name === '' ? [] : isDns1123Subdomain(name)
      const at = `${field}.serviceAccountName`
      return problems.length === 0
        ? []
        : [invalidField(at, `${at} is not a valid service account name: ${problems.join('; ')}`)]
    },
  },
  {
    name: 'one service account',
    causes: ({ serviceAccountName: name, volumes }, { field }) => {
      if (name === undefined || name === '') return []
      const other = (volumes ?? []).find(
        ({ serviceAccount }) => serviceAccount !== undefined && serviceAccount.serviceAccountName !== name,
      )
      if (other === undefined) return []
      const mounted = JSON.stringify(other.serviceAccount?.serviceAccountName ?? '')
      const message = `spec.serviceAccountName ${JSON.stringify(name)} and serviceAccount volume ${mounted} must reference the same service account`
      return [invalidField(`${field}.serviceAccountName`, message)]
    },
  },
]
