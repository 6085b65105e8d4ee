/**
 * What the engine serves on its API listener beside the API: disks go in (uploads) and out (exports) here. It begins to work when the
 * engine listens, because clients are told the address.
 */

import type { Pki, RawPath, ResourceDefinition } from '@berth/apiserver'
import { cdiConfigs } from '@berth/api'
import type { Clock, Logger } from '@berth/base'
import type { EngineServices } from './services.ts'
import { uploadTokenRequests } from './uploads/token-request.ts'
import { UploadTokens } from './uploads/tokens.ts'
import { uploadPaths } from './uploads/upload-paths.ts'

export interface Doors {
  definitions: ResourceDefinition[]
  rawPaths: RawPath[]
  /** @param server `https://127.0.0.1:7443` */
  open(services: EngineServices, server: string): Promise<void>
  close(): Promise<void>
}

export function createDoors(options: {
  pki: Pki
  clock: Clock
  logger: Logger
  services: () => EngineServices
}): Doors {
  const { pki, clock, logger, services } = options
  const tokens = new UploadTokens({ secret: pki.signingKey.privateKey, clock })
  return {
    definitions: [uploadTokenRequests({ services, tokens })],
    rawPaths: uploadPaths({ client: () => services().client, uploads: () => services().uploads, tokens, logger }),
    async open({ client }, server) {
      const config = await client.get(cdiConfigs, { name: 'config' })
      if (config.status?.uploadProxyURL === server) return
      await client.update(cdiConfigs, { ...config, status: { ...config.status, uploadProxyURL: server } })
    },
    async close() {},
  }
}
