import type { VirtualMachineInstance } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { judgeGoal } from './goal.ts'

type Migration = NonNullable<NonNullable<VirtualMachineInstance['status']>['migrationState']>

function after(migrationState: Migration | undefined) {
  const instance: VirtualMachineInstance = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'a', namespace: 'n', uid: 'run' },
    spec: { domain: { devices: {} } },
    status: { phase: 'Running', ...(migrationState === undefined ? {} : { migrationState }) },
  }
  return judgeGoal('migrated', { machine: undefined, instance }, { instanceUid: 'run', migrationUid: 'before' })
}

describe('a migration that was asked for', () => {
  it.each<[string, Migration | undefined, string]>([
    ['has not begun', undefined, 'waiting'],
    ['has not begun, and one before it is told of', { migrationUid: 'before', completed: true }, 'waiting'],
    ['goes on', { migrationUid: 'now', startTimestamp: '2026-01-01T00:00:00Z' }, 'waiting'],
    ['is over', { migrationUid: 'now', completed: true }, 'reached'],
    ['failed', { migrationUid: 'now', completed: true, failed: true }, 'hopeless'],
  ])('%s', (_, migrationState, kind) => expect(after(migrationState).kind).toBe(kind))
})
