/** The ssh keys that cloud-init gives the guest: of access credentials that are passed on this way. */

import { secrets } from '@berth/kube'
import type { VolumeRequest } from './volume-file.ts'

/**
 * Every key of every secret, in the order of the spec and of the secret's key names.
 * @throws {StatusError} NotFound for a secret that is not there
 */
export async function cloudInitKeys(
  { instance, services }: Pick<VolumeRequest, 'instance' | 'services'>,
  kind: 'noCloud' | 'configDrive',
): Promise<string[]> {
  const names = (instance.spec.accessCredentials ?? []).flatMap(({ sshPublicKey }) => {
    const passedOn = sshPublicKey?.propagationMethod[kind] !== undefined
    const name = sshPublicKey?.source.secret?.secretName
    return passedOn && name !== undefined && name !== '' ? [name] : []
  })
  const namespace = instance.metadata.namespace ?? ''
  const found = await Promise.all(names.map((name) => services.client.get(secrets, { namespace, name })))
  return found.flatMap(({ data = {} }) =>
    Object.keys(data)
      .toSorted()
      .map((key) => Buffer.from(data[key] ?? '', 'base64').toString('utf8'))
      .filter((key) => key !== ''),
  )
}
