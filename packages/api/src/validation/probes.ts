/** Admission of readiness and liveness probes. */

import type { StatusCause } from '@berth/meta'
import type { Probe } from '../types/probe.ts'
import { invalidField, requiredField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'

const handlers = ['httpGet', 'tcpSocket', 'exec', 'guestAgentPing'] as const
const overNetwork = ['httpGet', 'tcpSocket'] as const
const probes = ['readinessProbe', 'livenessProbe'] as const

export const probeAdmission: readonly InstanceRule[] = [
  {
    name: 'one handler',
    causes: (spec, { field }) => probes.flatMap((key) => oneHandler(spec[key], `${field}.${key}`)),
  },
  {
    name: 'over the pod network',
    causes: (spec, { field }) => {
      if ((spec.networks ?? []).some(({ pod }) => pod !== undefined)) return []
      return probes.flatMap((key) =>
        overNetwork.flatMap((handler) => {
          const at = `${field}.${key}.${handler}`
          const message = `${at} is only allowed if the Pod Network is attached`
          return spec[key]?.[handler] === undefined ? [] : [invalidField(at, message)]
        }),
      )
    },
  },
]

function oneHandler(probe: Probe | undefined, field: string): StatusCause[] {
  if (probe === undefined) return []
  const count = handlers.filter((handler) => probe[handler] !== undefined).length
  if (count > 1) return [invalidField(field, `${field} must have exactly one probe type set`)]
  if (count === 1) return []
  const message = `either ${field}.tcpSocket, ${field}.exec or ${field}.httpGet must be set if a ${field} is specified`
  return [requiredField(field, message)]
}
