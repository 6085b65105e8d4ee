/** What a machine may sign in to registries with: its volumes' secrets, and those of its namespace's default service account. */

import { messageOf, type Logger } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import { parseDockerCfg, parseDockerConfig, type RegistryLogins } from '@berth/imaging'
import { secrets, serviceAccounts, type Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { wantedImages } from './wanted-images.ts'

/** As with kubelet, a secret that is not there or is broken is left out: the image may not need it. */
export async function pullLogins(
  instance: Readonly<VirtualMachineInstance>,
  { client, logger }: { client: Client; logger: Logger },
): Promise<RegistryLogins> {
  const namespace = instance.metadata.namespace ?? ''
  const own = wantedImages(instance).flatMap(({ pullSecret }) => pullSecret ?? [])
  const account = await unlessMissing(client.get(serviceAccounts, { namespace, name: 'default' }))
  const names = new Set([...own, ...(account?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? [])])
  const logins = await Promise.all([...names].map((name) => loginsOf(name)))
  return logins.flat()

  async function loginsOf(name: string): Promise<RegistryLogins> {
    const secret = await unlessMissing(client.get(secrets, { namespace, name }))
    const text = (key: string): string | undefined => {
      const value = secret?.data?.[key]
      return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8')
    }
    try {
      const current = text('.dockerconfigjson')
      if (current !== undefined) return parseDockerConfig(current)
      const old = text('.dockercfg')
      return old === undefined ? [] : parseDockerCfg(old)
    } catch (error) {
      logger.warn({ secret: `${namespace}/${name}`, error: messageOf(error) }, 'a pull secret cannot be read')
      return []
    }
  }
}
