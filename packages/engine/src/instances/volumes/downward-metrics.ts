/**
 * `downwardMetrics`: a small raw disk with figures of the host and the machine, in the form that vhostmd gives them to guests
 * (https://github.com/vhostmd/vhostmd). It is written anew every few seconds while the machine runs.
 */

import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@berth/base'
import { ifPresent } from '../../host/if-present.ts'
import type { EngineServices } from '../../services.ts'
import { ephemeralFolder, makeEphemeral } from '../ephemeral.ts'
import { metricsDisk, metricsText, metricsDiskBytes } from './downward-metrics-disk.ts'
import { hostFigures, machineFigures } from './downward-metrics-figures.ts'
import type { VolumeFile, VolumeRequest } from './volume-file.ts'

/** As often as KubeVirt does. */
const refreshMs = 5000
const fileName = 'downward-metrics.raw'

export async function downwardMetricsFile({ instance, services }: VolumeRequest): Promise<VolumeFile> {
  const path = join(await makeEphemeral(services.paths, instance.metadata.uid ?? ''), fileName)
  const file = await open(path, 'w', 0o600)
  try {
    await file.truncate(metricsDiskBytes)
    await file.write(metricsDisk(metricsText([])).unlocked, 0)
  } finally {
    await file.close()
  }
  return { path, format: 'raw', readOnly: true }
}

/** Keeps the disks of all running machines up to date. @returns ends it */
export function refreshDownwardMetrics(services: EngineServices): () => Promise<void> {
  const { driver, logger, paths } = services
  let working: Promise<void> = Promise.resolve()
  const pass = async (): Promise<void> => {
    const machines = driver.list().filter(({ spec, status }) => status.state === 'running' && hasMetricsDisk(spec))
    if (machines.length === 0) return
    const host = await hostFigures()
    for (const machine of machines) {
      const node = machine.spec.tags['node'] ?? ''
      const text = metricsText([...host(node), ...(await machineFigures(machine))])
      await rewrite(join(ephemeralFolder(paths, machine.id), fileName), text)
    }
  }
  const timer = setInterval(() => {
    working = working.then(pass).catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, 'the figures for guests could not be written')
    })
  }, refreshMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await working
  }
}

function hasMetricsDisk({ disks }: { disks: readonly { path: string }[] }): boolean {
  return disks.some(({ path }) => path.endsWith(`/${fileName}`))
}

/** Readers look at the lock in the header first, and read again when it is set: no text is ever read half. */
async function rewrite(path: string, text: string): Promise<void> {
  // The run may have ended in the meantime.
  if ((await ifPresent(stat(path))) === undefined) return
  const { locked, unlocked, header } = metricsDisk(text)
  const file = await open(path, 'r+')
  try {
    await file.write(locked, 0, header, 0)
    await file.write(unlocked, header, unlocked.length - header, header)
    await file.write(unlocked, 0, header, 0)
  } finally {
    await file.close()
  }
}
