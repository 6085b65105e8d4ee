/** Memory of nodes: machines are placed by what is asked for their guests, which may be less than their guests can use. */

import { isFinal, type VirtualMachineInstance } from '@berth/api'
import { formatQuantity, quantityFromBytes, quantityToBytes } from '@berth/meta'
import type { Node } from '@berth/kube'
import { guestMemoryBytes } from '../guest-memory.ts'
import { askedMemoryBytes, type LauncherSettings } from '../launcher-resources.ts'

/** Machines and where they are. */
export interface Placements {
  instances: readonly Readonly<VirtualMachineInstance>[]
  /** Node by instance uid, of those placed a moment ago. */
  placed?: ReadonlyMap<string, string>
  settings?: Pick<LauncherSettings, 'memoryOvercommit'>
}

type Measure = (instance: Readonly<VirtualMachineInstance>) => number

/**
 * Memory the machine asks of what all share, in bytes; huge pages were set aside before. Without the overhead its pod asks for on top:
 * those are figures of processes that only run on a cluster, kept for quotas, and a host would count as full with half of its machines.
 */
export function wantedMemory(
  instance: Readonly<VirtualMachineInstance>,
  { settings }: Pick<Placements, 'settings'>,
): number {
  return isOnHugePages(instance) ? 0 : askedMemoryBytes(instance, settings)
}

/** What nobody on the node has asked for, in bytes. */
export function freeMemory(
  node: Readonly<Node>,
  except: Readonly<VirtualMachineInstance>,
  placements: Placements,
): number {
  return memoryOf(node) - sumOfOthers(node, except, placements, (other) => wantedMemory(other, placements))
}

/** A sentence when the guests of the node may use more than it has, once the instance is there. */
export function overcommitment(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  placements: Placements,
): string | undefined {
  const most = (each: Readonly<VirtualMachineInstance>): number => (isOnHugePages(each) ? 0 : guestMemoryBytes(each))
  const own = most(instance)
  const all = own + sumOfOthers(node, instance, placements, most)
  const there = memoryOf(node)
  if (own === 0 || all <= there) return undefined
  return `the guests of node ${node.metadata.name ?? ''} may use ${shown(all)} together, and it has ${shown(there)}: when they do, the kernel ends some of them`
}

function sumOfOthers(
  node: Readonly<Node>,
  except: Readonly<VirtualMachineInstance>,
  { instances, placed }: Placements,
  measure: Measure,
): number {
  let sum = 0
  for (const other of instances) {
    const place = other.status?.nodeName ?? placed?.get(other.metadata.uid ?? '')
    if (place === node.metadata.name && !isFinal(other) && other.metadata.uid !== except.metadata.uid)
      sum += measure(other)
  }
  return sum
}

function isOnHugePages({ spec }: Readonly<VirtualMachineInstance>): boolean {
  return spec.domain.memory?.hugepages !== undefined
}

function memoryOf(node: Readonly<Node>): number {
  return quantityToBytes(node.status?.allocatable?.['memory'] ?? '0')
}

const mebibyte = 1024 ** 2

function shown(bytes: number): string {
  return formatQuantity(quantityFromBytes(Math.floor(bytes / mebibyte) * mebibyte))
}
