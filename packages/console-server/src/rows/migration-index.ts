/** Migrations under way, by the instance that moves. */

import type { VirtualMachineInstanceMigration } from '@berth/api'
import { keyFor } from '@berth/kube'

export class MigrationIndex {
  private readonly active = new Map<string, VirtualMachineInstanceMigration[]>()

  /** The newest of those that are under way. @param key of the instance */
  of(key: string): VirtualMachineInstanceMigration | undefined {
    return this.active.get(key)?.at(-1)
  }

  /** @returns keys of the instances it is about */
  update(
    current: Readonly<VirtualMachineInstanceMigration> | undefined,
    previous: Readonly<VirtualMachineInstanceMigration> | undefined,
  ): string[] {
    const keys = new Set<string>()
    for (const each of [previous, current]) {
      if (each?.spec.vmiName !== undefined) keys.add(keyFor(each.metadata.namespace, each.spec.vmiName))
    }
    for (const key of keys) {
      const rest = (this.active.get(key) ?? []).filter(
        ({ metadata }) => metadata.name !== (current ?? previous)?.metadata.name,
      )
      const moves = current !== undefined && keyFor(current.metadata.namespace, current.spec.vmiName ?? '') === key
      if (moves && isUnderWay(current)) rest.push(current)
      rest.sort((left, right) => timeOf(left) - timeOf(right))
      if (rest.length === 0) this.active.delete(key)
      else this.active.set(key, rest)
    }
    return [...keys]
  }
}

function isUnderWay({ status }: VirtualMachineInstanceMigration): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
}

function timeOf({ metadata }: VirtualMachineInstanceMigration): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0
}
