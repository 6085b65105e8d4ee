/** When certificates are to be renewed. Only checked: the engine renews its own when they are due. */

import type { StatusCause } from '@berth/meta'
import type { KubeVirtSpec } from '../types/kubevirt.ts'

type SelfSigned = NonNullable<NonNullable<KubeVirtSpec['certificateRotateStrategy']>['selfSigned']>

const hour = 3600
const unitSeconds: Record<string, number> = { h: hour, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }
/** Of the period, where nothing else is said. */
const renewShare = 0.2

export function rotationCauses(config: Readonly<SelfSigned> | undefined): StatusCause[] {
  if (config === undefined) return []
  const { caRotateInterval, certRotateInterval, caOverlapInterval, ca, server } = config
  const causes: StatusCause[] = []
  const older = [caRotateInterval, certRotateInterval, caOverlapInterval].some((value) => value !== undefined)
  if (older && (ca !== undefined || server !== undefined)) {
    causes.push({
      reason: 'FieldValueNotSupported',
      message:
        'caRotateInterval, certRotateInterval and caOverlapInterval are deprecated and conflict with CertConfig defined rotation parameters',
    })
  }
  const caLasts = seconds(caRotateInterval ?? ca?.duration) ?? 7 * 24 * hour
  const caEarly = seconds(caOverlapInterval ?? ca?.renewBefore) ?? caLasts * renewShare
  const lasts = seconds(certRotateInterval ?? server?.duration) ?? 24 * hour
  const early = seconds(server?.renewBefore) ?? lasts * renewShare
  const path = 'spec.certificateRotationStrategy.selfSigned'
  const wrong: [boolean, string][] = [
    [caLasts < caEarly, `CA RenewBefore cannot exceed Duration (${path}.ca.duration < ${path}.ca.renewBefore)`],
    [lasts < early, `Cert RenewBefore cannot exceed Duration (${path}.server.duration < ${path}.server.renewBefore)`],
    [lasts > caLasts, `Certificate duration cannot exceed CA (${path}.server.duration > ${path}.ca.duration)`],
  ]
  for (const [is, message] of wrong) if (is) causes.push({ reason: 'FieldValueInvalid', message })
  return causes
}

/** A duration as Go writes it: `1h30m`. What cannot be read counts as absent; the schema has its own word on it. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitSeconds[unit ?? ''] ?? 0), 0)
}
