/** What one can choose for a machine from elsewhere, and what follows from it for each disk and card. */

import type { Interface } from '@berth/api'
import { isWindows } from '../ovf/operating-system.ts'
import type { DiskController, OvfCard, OvfMachine } from '../ovf/ovf-machine.ts'

export type ForeignBus = 'virtio' | 'sata' | 'scsi'

export interface OvfChoices {
  name: string
  namespace: string
  /** In place of what the descriptor says. */
  cpus?: number
  /** A quantity, in place of what the descriptor says. */
  memory?: string
  storageClass?: string
  /** Of all disks, in place of the one that fits each. */
  bus?: ForeignBus
  /** By the descriptor's network name: `NAMESPACE/NAME` of a NetworkAttachmentDefinition. Others go on the pod network. */
  networks?: Readonly<Record<string, string>>
  /** For every network that `networks` does not name. */
  otherNetworks?: string
  /** Addresses as they were; new ones otherwise. */
  keepMacs?: boolean
  start?: boolean
  labels?: Readonly<Record<string, string>>
}

/** KubeVirt's own limit, for the most common machine type. */
export const maxDisks = 60

/** A guest boots from the controller it has a driver for: Linux has virtio's, Windows has SATA's from the start. */
export function busOf(controller: DiskController, { os }: OvfMachine, { bus }: OvfChoices): ForeignBus {
  if (bus !== undefined) return bus
  if (controller === 'virtio') return 'virtio'
  if (controller === 'ide' || controller === 'sata') return 'sata'
  return isWindows(os) ? 'sata' : 'virtio'
}

/** What the descriptor calls a card, as KubeVirt's models; vmxnet3 and the rest of no model become what suits the guest. */
const models: readonly (readonly [RegExp, NonNullable<Interface['model']>])[] = [
  [/virtio/i, 'virtio'],
  [/e1000e|82574/i, 'e1000e'],
  [/e1000|8254/i, 'e1000'],
  [/pcnet/i, 'pcnet'],
  [/rtl8139/i, 'rtl8139'],
]

export function modelOf(card: OvfCard, foreign: OvfMachine): NonNullable<Interface['model']> {
  const known = models.find(([pattern]) => pattern.test(card.model ?? ''))?.[1]
  return known ?? (isWindows(foreign.os) ? 'e1000e' : 'virtio')
}

export type Place = { kind: 'pod' } | { kind: 'attachment'; name: string } | { kind: 'nowhere' }

/** KubeVirt has one pod network for each machine: a second card goes where it is told to, or nowhere. */
export function placeOf(card: OvfCard, index: number, { networks = {}, otherNetworks }: OvfChoices): Place {
  const named = card.network !== undefined && Object.hasOwn(networks, card.network) ? networks[card.network] : undefined
  const wanted = named ?? otherNetworks ?? 'pod'
  if (wanted !== 'pod') return { kind: 'attachment', name: wanted }
  return index === 0 ? { kind: 'pod' } : { kind: 'nowhere' }
}

/** @returns undefined for the address of a group, and one of nothing but zeros */
export function usableMac({ mac }: OvfCard): string | undefined {
  return mac === undefined || /^.[13579bdf]/.test(mac) || mac === '00:00:00:00:00:00' ? undefined : mac
}
