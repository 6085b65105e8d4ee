/** Admission of keys and passwords that are put into a guest. */

import type { StatusCause } from '@berth/meta'
import type { AccessCredential } from '../types/access-credential.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'

interface Volumes {
  noCloud: boolean
  configDrive: boolean
}

export const accessCredentialAdmission: readonly InstanceRule[] = [
  {
    name: 'access credentials',
    causes: ({ accessCredentials, volumes }, { field }) => {
      const there: Volumes = {
        noCloud: (volumes ?? []).some(({ cloudInitNoCloud }) => cloudInitNoCloud !== undefined),
        configDrive: (volumes ?? []).some(({ cloudInitConfigDrive }) => cloudInitConfigDrive !== undefined),
      }
      return (accessCredentials ?? []).flatMap((credential, index) => {
        const at = `${field}.accessCredentials[${index}]`
        const types = [credential.sshPublicKey, credential.userPassword].filter((type) => type !== undefined).length
        return [
          ...sshPublicKey(credential.sshPublicKey, at, there),
          ...userPassword(credential.userPassword, at),
          ...(types === 1 ? [] : [invalidField(at, `${at} must have exactly one access credential type set`)]),
        ]
      })
    },
  },
]

function sshPublicKey(key: AccessCredential['sshPublicKey'], at: string, volumes: Volumes): StatusCause[] {
  if (key === undefined) return []
  const causes: StatusCause[] = []
  const field = `${at}.sshPublicKey`
  const { noCloud, configDrive, qemuGuestAgent } = key.propagationMethod
  if (noCloud !== undefined && !volumes.noCloud) causes.push(missingVolume(at, 'noCloud'))
  if (configDrive !== undefined && !volumes.configDrive) causes.push(missingVolume(at, 'configDrive'))
  if (qemuGuestAgent !== undefined && (qemuGuestAgent.users ?? []).length === 0) {
    const message = `${at} requires at least one user to be present in the users list`
    causes.push(invalidField(`${field}.propagationMethod.qemuGuestAgent.users`, message))
  }
  causes.push(...one(at, `${field}.source`, 'source', [key.source.secret]))
  causes.push(...one(at, `${field}.propagationMethod`, 'propagationMethod', [noCloud, configDrive, qemuGuestAgent]))
  return causes
}

function missingVolume(at: string, method: string): StatusCause {
  const message = `${at} requires a ${method} volume to exist when the ${method} propagationMethod is in use.`
  return invalidField(`${at}.sshPublicKey.propagationMethod`, message)
}

function userPassword(password: AccessCredential['userPassword'], at: string): StatusCause[] {
  if (password === undefined) return []
  const field = `${at}.userPassword`
  return [
    ...one(at, `${field}.source`, 'source', [password.source.secret]),
    ...one(at, `${field}.propagationMethod`, 'propagationMethod', [password.propagationMethod.qemuGuestAgent]),
  ]
}

function one(at: string, field: string, what: string, choices: unknown[]): StatusCause[] {
  return choices.filter((choice) => choice !== undefined).length === 1
    ? []
    : [invalidField(field, `${at} must have exactly one ${what} set`)]
}
