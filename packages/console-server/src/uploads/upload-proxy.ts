/** Where a cluster takes disks: CDI's upload proxy, which the embedded engine is itself. */

import { rootCertificates } from 'node:tls'
import { cdiConfigs } from '@berth/api'
import type { Client, UploadProxy } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { Cluster } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'

/** The address is the administrators' word: nobody else may write a CDIConfig. @throws {ConsoleError} Unavailable */
export async function findUploadProxy(client: Client, { name, trust }: Cluster): Promise<UploadProxy> {
  const config = await unlessMissing(client.get(cdiConfigs, { name: 'config' }))
  const text = config?.status?.uploadProxyURL ?? ''
  if (text === '') {
    throw new ConsoleError(
      'Unavailable',
      `${name} tells no address that takes uploads (CDIConfig, status.uploadProxyURL)`,
      {
        remedy:
          'An administrator can set spec.uploadProxyURLOverride, or make a route or an ingress for CDI’s upload proxy.',
      },
    )
  }
  // A route or an ingress is told as a host alone.
  const url = /^[a-z]+:\/\//.test(text) ? text : `https://${text}`
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new ConsoleError('Unavailable', `${name} takes uploads at "${text.slice(0, 200)}", which is no https address`)
  }
  return {
    url: url.replace(/\/+$/, ''),
    ca: [...rootCertificates, ...(trust?.ca === undefined ? [] : [trust.ca])],
    insecure: trust?.insecure === true,
  }
}
