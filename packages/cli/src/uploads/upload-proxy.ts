/** Where disks are sent: CDI's upload proxy, which the embedded engine serves as well. */

import { rootCertificates } from 'node:tls'
import { readFile } from 'node:fs/promises'
import { cdiConfigs } from '@berth/api'
import type { Client, UploadProxy } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { Session } from '../context.ts'
import { CliError } from '../failure.ts'

export interface UploadProxyOptions {
  url?: string
  caFile?: string
  insecure?: boolean
}

/** @throws {CliError} Failed, Usage */
export async function findUploadProxy({ client, trust }: Session, options: UploadProxyOptions): Promise<UploadProxy> {
  const text = options.url ?? (await configuredAddress(client))
  if (text === undefined) {
    throw new CliError('Failed', 'the cluster tells no address of an upload proxy (CDIConfig, status.uploadProxyURL)', {
      remedy:
        'Name it with --upload-url, as https://127.0.0.1:8443 of `kubectl port-forward -n cdi service/cdi-uploadproxy 8443:443`.',
    })
  }
  // A route or an ingress is told as a host alone.
  const url = /^https?:\/\//.test(text) ? text : `https://${text}`
  if (!URL.canParse(url)) throw new CliError('Usage', `"${text}" is no address of an upload proxy`)
  const file = options.caFile === undefined ? [] : [await readFile(options.caFile, 'utf8')]
  return {
    url: url.replace(/\/+$/, ''),
    ca: [...rootCertificates, ...(trust?.ca === undefined ? [] : [trust.ca]), ...file],
    insecure: options.insecure === true || trust?.insecure === true,
  }
}

async function configuredAddress(client: Client): Promise<string | undefined> {
  const config = await unlessMissing(client.get(cdiConfigs, { name: 'config' }))
  const override: unknown =
    config?.spec === undefined
      ? undefined
      : Object.entries(config.spec).find(([key]) => key === 'uploadProxyURLOverride')?.[1]
  const found = typeof override === 'string' && override !== '' ? override : config?.status?.uploadProxyURL
  return found === '' ? undefined : found
}
