/** Rules about processors: which models, features and placements a host can give. */

import { isJsonObject } from '@berth/meta'
import { when, type HostAbilities, type Rule } from './rule.ts'

/** The best this host has, by KubeVirt's names. */
const bestModels = ['host-model', 'host-passthrough']
/** A model in one of its versions; the name without has the newest. */
const version = /-v\d+$/
/** More names help nobody. */
const maxNames = 30

export const cpuModel: Rule = when((value, { compute }) => {
  const model = String(value)
  if (compute === undefined || model === '' || bestModels.includes(model)) return undefined
  const missing = Object.hasOwn(compute.cpuModels, model) ? compute.cpuModels[model] : undefined
  if (missing?.length === 0) return undefined
  const usable = Object.entries(compute.cpuModels).flatMap(([name, lacks]) =>
    lacks.length === 0 && !version.test(name) ? [name] : [],
  )
  const have = `this host has ${[...bestModels, ...usable].slice(0, maxNames).join(', ')}`
  return missing === undefined
    ? `the emulator of this host has no such CPU model; ${have}`
    : `this host lacks features of this CPU model: ${missing.join(', ')}; ${have}`
})

/** On an item of the list: what its policy asks of this host. */
export const cpuFeature: Rule = when((value, host) => {
  if (!isJsonObject(value) || typeof value['name'] !== 'string' || host.compute === undefined) return undefined
  const { cpuFeatures, cpuSwitches } = host.compute
  const { name } = value
  const policy = value['policy'] === undefined || value['policy'] === '' ? 'require' : value['policy']
  const known = [name.replaceAll('_', '-'), name].find((each) => Object.hasOwn(cpuFeatures, each))
  const available = known !== undefined && cpuFeatures[known] === true
  if (policy === 'require' && !available) return `this host has no CPU feature "${name}"${emulated(host)}`
  if (policy === 'forbid' && available) return `this host has the CPU feature "${name}", which is forbidden`
  if (policy === 'force' && !available && (known === undefined || !cpuSwitches.includes('x-force-features')))
    return `the emulator of this host cannot force the CPU feature "${name}"`
  return undefined
})

function emulated({ compute }: HostAbilities): string {
  return compute?.acceleration === 'tcg' ? ', because its processors are emulated' : ''
}

/** On `cpu`: whether there are so many processors to give away. */
export const dedicatedCpus: Rule = when((value, { compute }) => {
  if (!isJsonObject(value) || compute === undefined || value['dedicatedCpuPlacement'] !== true) return undefined
  const count = (name: string): number => (typeof value[name] === 'number' ? value[name] : 1)
  const wanted =
    count('sockets') * count('cores') * count('threads') + (value['isolateEmulatorThread'] === true ? 1 : 0)
  return wanted <= compute.dedicatedProcessors
    ? undefined
    : `${wanted} processors of this host are wanted for the machine alone (dedicatedCpuPlacement), and it has ${compute.dedicatedProcessors} to give`
})

export const realtime: Rule = when((_value, { compute }) =>
  compute?.noRealtime === undefined
    ? undefined
    : `processors of this host cannot have realtime priority: ${compute.noRealtime}`,
)
