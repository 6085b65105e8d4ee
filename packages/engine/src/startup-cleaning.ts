/** What earlier engines left on this host and no object names any more is removed before the controllers start. */

import { readdir } from 'node:fs/promises'
import { removeEphemeral } from './instances/ephemeral.ts'
import type { EngineServices } from './services.ts'
import { volumeNameFor } from './volumes/claim-volume.ts'
import { removeStrayScratch } from './volumes/sources/scratch.ts'

export async function cleanHost(services: EngineServices): Promise<void> {
  await Promise.all([
    forgetStrangers(services),
    removeEphemeralFolders(services),
    removeVolumes(services),
    removeImports(services),
  ])
}

/**
 * Ended machines that no instance knows are removed from disk. Running ones are left alone and reported: after a restore of an
 * older backup they may be the only copy of somebody's work.
 */
async function forgetStrangers({ driver, informers, logger }: EngineServices): Promise<void> {
  const known = new Set(informers.instances.list().map((instance) => instance.metadata.uid))
  for (const domain of driver.list()) {
    if (known.has(domain.id)) continue
    if (domain.status.state === 'stopped') await driver.forget(domain.id)
    else
      logger.warn(
        { machine: domain.spec.title, id: domain.id, pid: domain.status.pid },
        'a machine runs that the store does not know',
      )
  }
}

/** Disks of runs that are over. */
async function removeEphemeralFolders({ driver, informers, paths }: EngineServices): Promise<void> {
  const known = new Set(informers.instances.list().map((instance) => instance.metadata.uid))
  for (const id of await readdir(paths.ephemeral)) {
    if (!known.has(id) && driver.get(id) === undefined) await removeEphemeral(paths, id)
  }
}

/**
 * Half-made volumes went when the store was opened. A complete one that neither a PersistentVolume nor a claim names stays, because after a restore of an older
 * backup it may be somebody's data; it is reported.
 */
async function removeVolumes({ informers, volumes, logger }: EngineServices): Promise<void> {
  const known = new Set([
    ...informers.volumes.list().map((volume) => volume.metadata.name),
    ...informers.claims.list().map(volumeNameFor),
  ])
  for (const name of await volumes.list()) {
    if (!known.has(name)) logger.warn({ volume: name, storage: volumes.storageOf(name) }, 'a disk that no volume names')
  }
}

/** What was on its way into volumes of claims that are gone. */
async function removeImports({ informers, paths }: EngineServices): Promise<void> {
  await removeStrayScratch(paths.imports, new Set(informers.claims.list().map(volumeNameFor)))
}
