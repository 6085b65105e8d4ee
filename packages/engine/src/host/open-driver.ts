/** The driver of this host's machines. */

import type { DataDirectory } from './data-directory.ts'
import { probeGuestOf } from './probe-guest.ts'
import type { ImageLibrary } from '../volumes/image-library.ts'
import type { Logger } from '@berth/base'
import { createQemuDriver, createSimulatedDriver, type Driver } from '@berth/hypervisor'

/** `simulated` runs no real machines: for scale tests. A driver given as such belongs to the engine, which closes it. */
export type DriverChoice = 'qemu' | 'simulated' | Driver

/** What a start takes time with, for a person. */
export interface EngineStep {
  id: string
  text: string
  state: 'begin' | 'progress' | 'done'
}

/** What runs machines: QEMU, with the built-in guest to try acceleration with; or a simulation. */
export async function openDriver(parts: {
  options: { driver?: DriverChoice; onProgress?: (step: EngineStep) => void }
  paths: DataDirectory
  images: ImageLibrary
  logger: Logger
}): Promise<Driver> {
  const { options, paths, images, logger } = parts
  if (typeof options.driver === 'object') return options.driver
  if (options.driver === 'simulated') return createSimulatedDriver({ stateFile: `${paths.machines}/simulated.json` })
  const step = (state: EngineStep['state'], text: string): void => options.onProgress?.({ id: 'guest', state, text })
  let told = false
  const { guest: probeGuest, failure } = await probeGuestOf(images, (progress) => {
    if (!told) step('begin', 'Preparing the built-in guest')
    told = true
    step('progress', progress.step)
  })
  if (told) step('done', failure === undefined ? 'Built-in guest ready' : `No built-in guest: ${failure}`)
  if (failure !== undefined) logger.warn({ failure }, 'no built-in guest')
  return createQemuDriver({ directory: paths.machines, logger, ...(probeGuest === undefined ? {} : { probeGuest }) })
}
