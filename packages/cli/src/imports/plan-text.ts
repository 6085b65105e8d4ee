/** The proposal as text: what will be made, and what will be different. */

import { quantityToBytes, parseQuantity } from '@berth/meta'
import type { OvfProposal } from '@berth/view'
import { formatBytes } from '../images/format-bytes.ts'

export interface PlanParts {
  file: string
  proposal: OvfProposal
  notes: readonly string[]
}

export function planText({ file, proposal, notes }: PlanParts): string {
  const { machine, disks, differences } = proposal
  const { domain, networks = [] } = machine.spec.template.spec
  const { cores = 1, sockets = 1 } = domain.cpu ?? {}
  const efi = domain.firmware?.bootloader?.efi
  const firmware = efi === undefined ? 'BIOS' : efi.secureBoot === true ? 'UEFI with Secure Boot' : 'UEFI'
  const lines = [
    `VM "${machine.metadata.name ?? ''}" in namespace "${machine.metadata.namespace ?? ''}", from ${file}:`,
    `  ${cores * sockets} CPU${cores * sockets === 1 ? '' : 's'}, ${domain.memory?.guest ?? ''} memory, ${firmware}${domain.devices.tpm === undefined ? '' : ', TPM'}`,
    ...disks.map((made) => `  ${diskLine(made, machine)}`),
    ...(domain.devices.interfaces ?? []).map((card, index) => {
      const network = networks[index]?.multus?.networkName ?? 'the pod network'
      return `  network card ${card.name}: ${network}, ${card.model ?? 'virtio'}${card.macAddress === undefined ? '' : `, ${card.macAddress}`}`
    }),
  ]
  const warnings = differences.filter(({ level }) => level === 'warning').map(({ text }) => text)
  const others = differences.filter(({ level }) => level === 'note').map(({ text }) => text)
  return [
    ...lines,
    ...section('Needs your attention:', warnings),
    ...section('Will be different:', [...others, ...notes]),
    '',
  ].join('\n')
}

function diskLine({ dataVolume, disk, cdRom }: OvfProposal['disks'][number], machine: OvfProposal['machine']): string {
  const name = dataVolume.metadata.name ?? ''
  const storage = dataVolume.spec.storage
  const size = formatBytes(quantityToBytes(parseQuantity(storage?.resources?.requests?.['storage'] ?? '0')))
  const volume = machine.spec.template.spec.volumes?.find((entry) => entry.dataVolume?.name === name)?.name
  const device = machine.spec.template.spec.domain.devices.disks?.find((entry) => entry.name === volume)
  const bus = device?.disk?.bus ?? device?.cdrom?.bus ?? ''
  const source = (disk ?? cdRom)?.file
  const from = source === undefined ? 'empty' : `from ${source.name}`
  const storageClass = storage?.storageClassName === undefined ? '' : `, storage class ${storage.storageClassName}`
  return `${cdRom === undefined ? 'disk' : 'CD-ROM'} ${name}: ${size}, ${bus}, ${from}${storageClass}`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  - ${line}`)]
}
