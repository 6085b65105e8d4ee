/**
 * What the engine serves on its API listener beside the API: disks go in (uploads) and out (exports) here. It begins to work when the
 * engine listens, because clients are told the address.
 */

import type { Pki, RawPath, ResourceDefinition } from '@berth/apiserver'
import { cdiConfigs, virtualMachineExports, type VirtualMachineExport } from '@berth/api'
import type { Clock, Logger } from '@berth/base'
import { createEventRecorder, createInformer, type Informer } from '@berth/kube'
import { exportDefinition } from './exports/definition.ts'
import { Downloads } from './exports/downloads.ts'
import { createExportController } from './exports/export-controller.ts'
import { exportPaths } from './exports/export-paths.ts'
import type { ExportAddress } from './exports/links.ts'
import { createMemoryDumpController } from './memory-dump/dump-controller.ts'
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
  const downloads = new Downloads()
  const undo: (() => Promise<void>)[] = []
  /** Known when the engine listens. */
  const late: { exports?: Informer<VirtualMachineExport>; address: ExportAddress } = {
    address: { server: '', caCertificate: pki.caCertificate },
  }

  async function openExports(engine: EngineServices): Promise<void> {
    const { client, random } = engine
    const exports = createInformer({ client, resource: virtualMachineExports, logger, clock })
    late.exports = exports
    undo.push(() => exports.stop())
    await exports.start()
    const events = createEventRecorder({ client, component: 'export-controller', clock, random, logger })
    const { address } = late
    const controller = createExportController({ services: engine, exports, address, downloads, events })
    undo.push(async () => {
      downloads.cutAll()
      await controller.stop()
      await events.flush()
    })
    controller.start()
  }

  function openMemoryDumps(engine: EngineServices): void {
    const { client, random } = engine
    const events = createEventRecorder({ client, component: 'virtualmachine-controller', clock, random, logger })
    const controller = createMemoryDumpController(engine, events)
    undo.push(async () => {
      await controller.stop()
      await events.flush()
    })
    controller.start()
  }

  return {
    definitions: [uploadTokenRequests({ services, tokens }), exportDefinition()],
    rawPaths: [
      ...uploadPaths({ client: () => services().client, uploads: () => services().uploads, tokens, logger }),
      ...exportPaths({
        services,
        find: (namespace, name) => late.exports?.get(namespace, name),
        address: () => late.address,
        downloads,
        logger,
      }),
    ],
    async open(engine, server) {
      late.address.server = server
      await publishUploads(engine, server)
      await openExports(engine)
      openMemoryDumps(engine)
    },
    async close() {
      for (const step of undo.splice(0).reverse()) await step()
    },
  }
}

/** Where `virtctl image-upload` sends disks. */
async function publishUploads({ client }: EngineServices, server: string): Promise<void> {
  const config = await client.get(cdiConfigs, { name: 'config' })
  if (config.status?.uploadProxyURL === server) return
  await client.update(cdiConfigs, { ...config, status: { ...config.status, uploadProxyURL: server } })
}
