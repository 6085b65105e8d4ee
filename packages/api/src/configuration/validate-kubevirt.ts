/** What a KubeVirt resource may not say, in the words of KubeVirt's validator. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { KubeVirt, KubeVirtConfiguration, KubeVirtSpec } from '../types/kubevirt.ts'
import { rotationCauses } from './certificate-rotation.ts'
import { gateEnabled, gateWarning, type FeatureGate } from './gates.ts'

interface Write {
  spec: Readonly<KubeVirtSpec>
  configuration: Readonly<KubeVirtConfiguration>
  /** Of the stored resource; empty on create. */
  previous: Readonly<KubeVirtConfiguration>
}

type Rule = (write: Write) => StatusCause[]

/** @param previous the stored resource, undefined on create */
export function validateKubeVirt(
  { spec }: Readonly<Pick<KubeVirt, 'spec'>>,
  previous: Readonly<Pick<KubeVirt, 'spec'>> | undefined,
): StatusCause[] {
  const write: Write = {
    spec,
    configuration: spec.configuration ?? {},
    previous: previous?.spec.configuration ?? {},
  }
  return rules.flatMap((rule) => rule(write))
}

/** What is accepted and yet not as the writer may think: only where it changed. */
export function kubeVirtWarnings(
  { spec }: Readonly<Pick<KubeVirt, 'spec'>>,
  previous: Readonly<Pick<KubeVirt, 'spec'>> | undefined,
): string[] {
  const gates = spec.configuration?.developerConfiguration?.featureGates ?? []
  const before = previous?.spec.configuration?.developerConfiguration?.featureGates ?? []
  const warnings = deepEqual(gates, before)
    ? []
    : gates.map((gate) => gateWarning(gate)).filter((text) => text !== undefined)
  const { mediatedDevicesConfiguration: mediated, architectureConfiguration: architectures } = spec.configuration ?? {}
  const old = (path: string): string => `${path}mediatedDevicesTypes is deprecated, use mediatedDeviceTypes`
  const field = 'spec.configuration.mediatedDevicesConfiguration.'
  if (mediated?.mediatedDevicesTypes !== undefined) warnings.push(old(field))
  mediated?.nodeMediatedDeviceTypes?.forEach((node, index) => {
    if (node.mediatedDevicesTypes !== undefined) warnings.push(old(`${field}nodeMediatedDeviceTypes[${index}].`))
  })
  if (architectures?.ppc64le !== undefined)
    warnings.push('spec.configuration.architectureConfiguration.ppc64le is deprecated and no longer supported.')
  return warnings
}

const rules: readonly Rule[] = [
  validPatches,
  ({ spec }) => rotationCauses(spec.certificateRotateStrategy?.selfSigned),
  overheadRatio,
  gated({
    gates: ['Template'],
    when: ({ configuration }) => configuration.virtTemplateDeployment?.enabled === true,
    field: 'spec.configuration.virtTemplateDeployment.enabled',
    message: 'VirtTemplateDeployment cannot be enabled without enabling the Template feature gate',
  }),
  gated({
    gates: ['OptOutRoleAggregation'],
    when: ({ configuration }) => configuration.roleAggregationStrategy === 'Manual',
    field: 'spec.configuration.roleAggregationStrategy',
    message: 'RoleAggregationStrategy cannot be set to Manual without enabling the OptOutRoleAggregation feature gate',
  }),
  gated({
    gates: ['MigrationStallDetection', 'MigrationDowntimeTuning'],
    when: ({ configuration: { migrations }, previous }) =>
      migrations?.maxDowntimeMs !== undefined && migrations.maxDowntimeMs !== previous.migrations?.maxDowntimeMs,
    field: 'spec.configuration.migrationConfiguration.maxDowntimeMs',
    message:
      'maxDowntimeMs cannot be modified without enabling the MigrationStallDetection or MigrationDowntimeTuning feature gate',
  }),
  transportSecurity,
  seccompProfile,
  ({ spec }) =>
    spec.infra?.replicas === 0 ? [{ reason: 'FieldValueInvalid', message: "infra replica count can't be 0" }] : [],
  gatesInBothLists,
]

function validPatches({ spec }: Write): StatusCause[] {
  return (spec.customizeComponents?.patches ?? [])
    .filter(({ patch }) => !isJson(patch))
    .map(({ patch }) => ({
      reason: 'FieldValueNotSupported',
      message: `patch ${JSON.stringify(patch)} is not valid JSON`,
    }))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function overheadRatio({ configuration }: Write): StatusCause[] {
  const ratio = configuration.additionalGuestMemoryOverheadRatio
  if (ratio === undefined) return []
  const refused = (message: string): StatusCause[] => [{ reason: 'FieldValueNotSupported', message }]
  const value = ratio.trim() === '' ? Number.NaN : Number(ratio)
  if (!Number.isFinite(value))
    return refused(
      `ratio provided, ${ratio}, cannot be parsed into float: strconv.ParseFloat: parsing ${JSON.stringify(ratio)}: invalid syntax`,
    )
  return value < 1 ? refused(`ratio provided, ${ratio}, cannot be smaller than 1.0`) : []
}

/** A setting that one of some gates must be on for. */
function gated(options: {
  gates: FeatureGate[]
  when: (write: Write) => boolean
  field: string
  message: string
}): Rule {
  const { gates, when, field, message } = options
  return (write) => {
    const lists = write.configuration.developerConfiguration
    if (!when(write) || gates.some((gate) => gateEnabled(gate, lists))) return []
    return [{ reason: 'FieldValueInvalid', field, message }]
  }
}

function transportSecurity({ configuration: { tlsConfiguration: tls }, previous }: Write): StatusCause[] {
  if (tls === undefined || deepEqual(tls, previous.tlsConfiguration)) return []
  const { minTLSVersion = '', ciphers = [] } = tls
  if (ciphers.length === 0 || (minTLSVersion !== '' && minTLSVersion !== 'VersionTLS13')) return []
  return [
    {
      reason: 'FieldValueNotSupported',
      message:
        'You cannot specify ciphers when spec.configuration.tlsConfiguration.minTLSVersion is empty or VersionTLS13',
      field: 'spec.configuration.tlsConfiguration.ciphers',
    },
  ]
}

function seccompProfile({ configuration: { seccompConfiguration: seccomp }, previous }: Write): StatusCause[] {
  const profile = seccomp?.virtualMachineInstanceProfile
  if (profile === undefined || deepEqual(seccomp, previous.seccompConfiguration)) return []
  const field = 'spec.configuration.seccompConfiguration.virtualMachineInstanceProfile.customProfile'
  const cause = (path: string, message: string): StatusCause => ({
    reason: 'FieldValueInvalid',
    field: path,
    message: `${path} ${message}`,
  })
  const custom = profile.customProfile
  if (custom === undefined) return [cause(field, 'needs to be set')]
  if (custom.localhostProfile === undefined || custom.runtimeDefaultProfile !== true) return []
  const [local, runtime] = [`${field}.localhostProfile`, `${field}.runtimeDefaultProfile`]
  return [cause(local, `cannot be set when ${runtime} is set`), cause(runtime, `cannot be set when ${local} is set`)]
}

function gatesInBothLists({ configuration, previous }: Write): StatusCause[] {
  const { featureGates = [], disabledFeatureGates = [] } = configuration.developerConfiguration ?? {}
  const before = previous.developerConfiguration ?? {}
  const unchanged =
    deepEqual(featureGates, before.featureGates ?? []) &&
    deepEqual(disabledFeatureGates, before.disabledFeatureGates ?? [])
  if (unchanged) return []
  return featureGates
    .filter((gate) => disabledFeatureGates.includes(gate))
    .map((gate) => ({
      reason: 'FieldValueForbidden',
      message: `feature gate "${gate}" exists on both "FeatureGates" and "DisabledFeatureGates"`,
      field: 'spec.configuration.developerConfiguration.featureGates',
    }))
}
