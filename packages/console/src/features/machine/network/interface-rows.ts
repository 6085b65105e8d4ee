/** A machine's interfaces: what is wished for, with what runs. */

import type { InstanceInterfaceStatus, Interface, Network, VirtualMachine, VirtualMachineInstance } from '@berth/api'

export interface InterfaceRow {
  name: string
  network: string
  /** How it is connected: masquerade, bridge, … */
  binding: string | undefined
  model: string | undefined
  mac: string | undefined
  addresses: string[]
  /** Its name in the guest. */
  guestName: string | undefined
  link: string | undefined
  /** Forwarded ports; empty means that all are. */
  ports: string[]
  /** Who told of the addresses. */
  source: string | undefined
}

const bindings = ['masquerade', 'bridge', 'passt', 'passtBinding', 'macvtap', 'sriov', 'slirp'] as const

export function interfaceRows(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): InterfaceRow[] {
  const spec = instance?.spec ?? machine.spec.template.spec
  const declared = spec.domain.devices.interfaces ?? []
  const told = instance?.status?.interfaces ?? []
  const rows = declared.map((each) =>
    rowOf(each, {
      network: spec.networks?.find(({ name }) => name === each.name),
      status: told.find(({ name }) => name === each.name),
    }),
  )
  // A guest may have cards of its own making: bridges, tunnels.
  const others = told.filter(({ name }) => name === undefined || !declared.some((each) => each.name === name))
  return [...rows, ...others.map((status) => ownOfGuest(status))]
}

function rowOf(
  each: Interface,
  { network, status }: { network: Network | undefined; status: InstanceInterfaceStatus | undefined },
): InterfaceRow {
  return {
    name: each.name,
    network: network?.multus?.networkName ?? (network?.pod === undefined ? each.name : 'pod'),
    binding: each.binding?.name ?? bindings.find((kind) => each[kind] !== undefined),
    model: each.model ?? 'virtio',
    mac: status?.mac ?? each.macAddress,
    addresses: addressesOf(status),
    guestName: status?.interfaceName,
    link: status?.linkState ?? each.state,
    ports: (each.ports ?? []).map(
      ({ port, protocol = 'TCP', name }) => `${name === undefined ? '' : `${name}: `}${port}/${protocol}`,
    ),
    source: status?.infoSource,
  }
}

function ownOfGuest(status: InstanceInterfaceStatus): InterfaceRow {
  return {
    name: status.interfaceName ?? status.name ?? '',
    network: '',
    binding: undefined,
    model: undefined,
    mac: status.mac,
    addresses: addressesOf(status),
    guestName: status.interfaceName,
    link: status.linkState,
    ports: [],
    source: status.infoSource,
  }
}

function addressesOf(status: InstanceInterfaceStatus | undefined): string[] {
  return status?.ipAddresses ?? (status?.ipAddress === undefined ? [] : [status.ipAddress])
}
