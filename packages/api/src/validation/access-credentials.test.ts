/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'no type',
    { accessCredentials: [{}] },
    ['Invalid spec.accessCredentials[0]: spec.accessCredentials[0] must have exactly one access credential type set'],
  ],
  [
    'both types',
    {
      accessCredentials: [
        {
          sshPublicKey: {
            source: { secret: { secretName: 's' } },
            propagationMethod: { qemuGuestAgent: { users: ['u'] } },
          },
          userPassword: { source: { secret: { secretName: 's' } }, propagationMethod: { qemuGuestAgent: {} } },
        },
      ],
    },
    ['Invalid spec.accessCredentials[0]: spec.accessCredentials[0] must have exactly one access credential type set'],
  ],
  [
    'keys without source, method, volume and users',
    {
      accessCredentials: [
        { sshPublicKey: { source: {}, propagationMethod: {} } },
        { sshPublicKey: { source: { secret: { secretName: 's' } }, propagationMethod: { noCloud: {} } } },
        {
          sshPublicKey: {
            source: { secret: { secretName: 's' } },
            propagationMethod: { configDrive: {}, qemuGuestAgent: { users: [] } },
          },
        },
      ],
    },
    [
      'Invalid spec.accessCredentials[0].sshPublicKey.source: spec.accessCredentials[0] must have exactly one source set',
      'Invalid spec.accessCredentials[0].sshPublicKey.propagationMethod: spec.accessCredentials[0] must have exactly one propagationMethod set',
      'Invalid spec.accessCredentials[1].sshPublicKey.propagationMethod: spec.accessCredentials[1] requires a noCloud volume to exist when the noCloud propagationMethod is in use.',
      'Invalid spec.accessCredentials[2].sshPublicKey.propagationMethod: spec.accessCredentials[2] requires a configDrive volume to exist when the configDrive propagationMethod is in use.',
      'Invalid spec.accessCredentials[2].sshPublicKey.propagationMethod.qemuGuestAgent.users: spec.accessCredentials[2] requires at least one user to be present in the users list',
      'Invalid spec.accessCredentials[2].sshPublicKey.propagationMethod: spec.accessCredentials[2] must have exactly one propagationMethod set',
    ],
  ],
  [
    'password without source and method',
    { accessCredentials: [{ userPassword: { source: {}, propagationMethod: {} } }] },
    [
      'Invalid spec.accessCredentials[0].userPassword.source: spec.accessCredentials[0] must have exactly one source set',
      'Invalid spec.accessCredentials[0].userPassword.propagationMethod: spec.accessCredentials[0] must have exactly one propagationMethod set',
    ],
  ],
]

describe('admission of access credentials', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
