/** `serviceAccount`: what a pod finds in its service account's folder: namespace, a token of its own, the certificate authority. */

import { configMaps, pathOf, serviceAccounts } from '@berth/kube'
import { isJsonObject } from '@berth/meta'
import { findPod } from '../launcher-pod.ts'
import { missing, type ConfigEntries, type VolumeRequest } from './volume-file.ts'

/** A disk is not written anew while its guest runs, so the token has to last: as long as Kubernetes lets those of pods, a year. */
const tokenSeconds = 365 * 24 * 3600
const trustName = 'kube-root-ca.crt'

export async function serviceAccountEntries({ volume, instance, services }: VolumeRequest): Promise<ConfigEntries> {
  const { client } = services
  const namespace = instance.metadata.namespace ?? ''
  const name = volume.serviceAccount?.serviceAccountName ?? ''
  const [account, trust, pod] = await Promise.all([
    client.get(serviceAccounts, { namespace, name }),
    client.get(configMaps, { namespace, name: trustName }),
    findPod(instance, services),
  ])
  if (pod === undefined) throw missing(instance, 'the launcher pod')
  const answer = await client.raw({
    method: 'POST',
    path: pathOf(serviceAccounts, { namespace, name: account.metadata.name ?? '', subresource: 'token' }),
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: tokenSeconds,
        // Dies with the pod, which goes when the machine does.
        boundObjectRef: {
          apiVersion: 'v1',
          kind: 'Pod',
          name: pod.metadata.name ?? '',
          uid: pod.metadata.uid ?? '',
        },
      },
    },
  })
  const status = isJsonObject(answer) ? answer['status'] : undefined
  const token = isJsonObject(status) ? status['token'] : undefined
  if (typeof token !== 'string') throw missing(instance, `a token of service account "${name}"`)
  return new Map([
    ['namespace', Buffer.from(namespace)],
    ['token', Buffer.from(token)],
    ['ca.crt', Buffer.from(trust.data?.['ca.crt'] ?? '')],
  ])
}
