/** What a VirtualMachine gets when it is created: the identity its guest will see at every start. */

import { defaultConfiguration, type ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { annotations } from '../names.ts'
import { defaultMachineType } from './instance.ts'
import { pciTopologyOf, type Architecture } from './platform.ts'

export interface MachineDefaults {
  architecture: Architecture
  /** Of the cluster at the time of the request; an unconfigured one unless given. */
  configuration?: ClusterConfiguration
  /** Labels of the DataSource of that name, of what it refers to if it refers to another; undefined when there is none. */
  imageLabels?(namespace: string, name: string): Readonly<Record<string, string>> | undefined
  /** Random version 4 UUIDs; called once each at most. */
  uuid(): string
}

const architectureLabel = 'template.kubevirt.io/architecture'
const architectures: readonly string[] = ['amd64', 'arm64', 's390x']

/**
 * Fills in place. An update that leaves out the firmware's identity keeps the earlier one, so that a guest never changes its
 * identity by accident.
 * @param previous the stored object, undefined on create
 */
export function defaultMachine(
  machine: VirtualMachine,
  previous: VirtualMachine | undefined,
  defaults: MachineDefaults,
): void {
  // The schema lets a template leave its spec out; KubeVirt reads that as an empty one.
  const template: { spec?: VirtualMachineInstanceSpec } = machine.spec.template
  const spec = (template.spec ??= { domain: { devices: {} } })
  const earlier = previous?.spec.template.spec
  if ((spec.architecture ?? '') === '') {
    spec.architecture = earlier?.architecture ?? publishedFor(machine, defaults) ?? defaults.architecture
  }
  defaultMachineType(spec, defaults.configuration ?? defaultConfiguration)
  const firmware = (spec.domain.firmware ??= {})
  if ((firmware.uuid ?? '') === '') firmware.uuid = earlier?.domain.firmware?.uuid ?? defaults.uuid()
  if ((firmware.serial ?? '') === '') firmware.serial = earlier?.domain.firmware?.serial ?? defaults.uuid()
  const topology = previous === undefined ? pciTopologyOf(spec) : undefined
  const metadata = machine.spec.template.metadata ?? {}
  if (topology === undefined || metadata.annotations?.[annotations.pciTopologyVersion] !== undefined) return
  const named = { ...metadata.annotations, [annotations.pciTopologyVersion]: topology }
  machine.spec.template.metadata = { ...metadata, annotations: named }
}

/** The architecture of the first published image the machine's disks are made from that tells one. */
function publishedFor(machine: VirtualMachine, defaults: MachineDefaults): string | undefined {
  for (const template of machine.spec.dataVolumeTemplates ?? []) {
    const reference = template?.spec?.sourceRef
    if (reference?.kind.toLowerCase() !== 'datasource') continue
    const own = (reference.namespace ?? '') === '' ? machine.metadata.namespace : reference.namespace
    const found = defaults.imageLabels?.(own ?? '', reference.name)?.[architectureLabel]
    if (found !== undefined && architectures.includes(found)) return found
  }
  return undefined
}
