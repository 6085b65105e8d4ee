/** What a node says of its processors, in the labels that KubeVirt's nodes have and that people select nodes by. */

import type { HostCapabilities } from '@berth/hypervisor'

const modelPrefix = 'cpu-model.node.kubevirt.io/'
const featurePrefix = 'cpu-feature.node.kubevirt.io/'
const hypervPrefix = 'hyperv.node.kubevirt.io/'
const prefixes = [modelPrefix, featurePrefix, hypervPrefix]
/** A model in one of its versions: people name the model. */
const version = /-v\d+$/

export function processorLabels({ compute, acceleration }: HostCapabilities): Record<string, string> {
  if (compute === undefined) return {}
  const { processor, dedicatedProcessors, noRealtime } = compute
  const models = Object.entries(processor.missing)
    .filter(([name, missing]) => missing.length === 0 && !version.test(name))
    .map(([name]) => `${modelPrefix}${name}`)
  const features = Object.entries(processor.features)
    // One spelling of each: the emulator knows others of some.
    .filter(([name, there]) => there && !name.includes('_'))
    .map(([name]) => `${featurePrefix}${name}`)
  const hyperv = acceleration === 'kvm' ? processor.switches.filter((name) => name.startsWith('hv-')) : []
  const names = [...models, ...features, ...hyperv.map((name) => `${hypervPrefix}${name.slice('hv-'.length)}`)]
  return {
    // Where machines may have processors for themselves.
    cpumanager: String(dedicatedProcessors > 0),
    'kubevirt.io/realtime': String(noRealtime === undefined),
    ...Object.fromEntries(names.map((name) => [name, 'true'])),
  }
}

/** Labels but for those that tell of models and features. */
export function withoutProcessors(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))),
  )
}
