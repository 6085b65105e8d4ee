import { describe, expect, it } from 'vitest'
import { exampleInstance } from '../testing/examples.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { agentProblem } from './agent-support.ts'
import { migratability } from './migratable.ts'

const basic = [
  'ping',
  'get-time',
  'info',
  'shutdown',
  'network-get-interfaces',
  'get-fsinfo',
  'get-host-name',
  'get-users',
  'get-timezone',
  'get-osinfo',
]
const enabled = (...names: string[]) => names.map((name) => ({ name: `guest-${name}`, enabled: true }))
const source = { secret: { secretName: 's' } }
const keys: VirtualMachineInstanceSpec['accessCredentials'] = [
  { sshPublicKey: { source, propagationMethod: { qemuGuestAgent: { users: ['me'] } } } },
]
const password: VirtualMachineInstanceSpec['accessCredentials'] = [
  { userPassword: { source, propagationMethod: { qemuGuestAgent: {} } } },
]

describe('agentProblem', () => {
  it.each<[string, VirtualMachineInstanceSpec['accessCredentials'], string[], string | undefined]>([
    ['all there', [], basic, undefined],
    ['one missing', [], basic.slice(1), "This guest agent doesn't support required basic commands"],
    ['no keys', keys, basic, "This guest agent doesn't support required public key commands"],
    [
      'keys by command',
      keys,
      [...basic, 'ssh-get-authorized-keys', 'ssh-add-authorized-keys', 'ssh-remove-authorized-keys'],
      undefined,
    ],
    [
      'keys by file',
      keys,
      [...basic, 'exec', 'exec-status', 'file-open', 'file-close', 'file-read', 'file-write'],
      undefined,
    ],
    ['no passwords', password, basic, "This guest agent doesn't support required password commands"],
    ['passwords', password, [...basic, 'set-user-password'], undefined],
  ])('%s', (_what, accessCredentials, commands, problem) => {
    expect(agentProblem({ accessCredentials: accessCredentials ?? [] }, enabled(...commands))).toBe(problem)
  })

  it('does not count what is switched off', () => {
    const commands = enabled(...basic).map((command, index) => ({ ...command, enabled: index > 0 }))
    expect(agentProblem({}, commands)).toMatch(/basic/)
  })
})

describe('migratability', () => {
  const of = (spec: Partial<VirtualMachineInstanceSpec>, modes: Record<string, string[]> = {}) =>
    migratability({ ...exampleInstance('Running'), spec: { domain: { devices: {} }, ...spec } }, (name) => modes[name])
  const volumes = [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }]

  it('has a reason of its own where there is no other', () => {
    expect(of({})).toMatchObject({ method: 'LiveMigration', problems: [{ reason: 'NoMigrationTarget' }] })
  })

  it('tells of disks that are not shared', () => {
    expect(of({ volumes }, { disk: ['ReadWriteOnce'] })).toMatchObject({
      method: 'BlockMigration',
      problems: [
        {
          reason: 'DisksNotLiveMigratable',
          message:
            'cannot migrate VMI: PVC disk is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)',
        },
        { reason: 'NoMigrationTarget' },
      ],
    })
    expect(of({ volumes }, { disk: ['ReadWriteMany'] })).toMatchObject({ method: 'LiveMigration' })
  })

  it('takes disks of the run along, but no CD-ROM', () => {
    const scratch = [{ name: 'scratch', emptyDisk: { capacity: '1Gi' } }]
    const withDisk = (disk: object) =>
      of({ volumes: scratch, domain: { devices: { disks: [{ name: 'scratch', ...disk }] } } })
    expect(withDisk({ disk: { bus: 'virtio' } }).method).toBe('BlockMigration')
    expect(withDisk({ cdrom: { bus: 'sata', readonly: true } }).method).toBe('LiveMigration')
  })

  it('tells of a bridge on the pod network', () => {
    const networks = [{ name: 'default', pod: {} }]
    const domain = { devices: { interfaces: [{ name: 'default', bridge: {} }] } }
    expect(of({ networks, domain }).problems[0].reason).toBe('InterfaceNotLiveMigratable')
  })
})
