/**
 * Builds the base images that ImageBuilds name, on this host: the one part of them that needs more than the API. The rest is done by the
 * controller that runs beside clusters as well, which waits for the DataSource that is published here.
 */

import { messageOf } from '@berth/base'
import { baseImages, imageBuilds, type BaseRelease, type ImageBuild, type ImageBuildStatus } from '@berth/api'
import { createController, createInformer, parseKey, type Controller } from '@berth/kube'
import { deepEqual, unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'

interface Job {
  state: 'running' | 'done' | 'failed'
  message: string
  /** Milliseconds since 1970, of the end. */
  endedMs?: number
}

const lookAgainMs = 2000
/** A failure counts for builds that come soon after; one that comes later tries again: a mirror may be back. */
const failureCountsMs = 60_000

export function createBaseImageController(services: EngineServices): Controller {
  const { client, clock, images } = services
  const jobs = new Map<BaseRelease, Job>()
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const builds = createInformer({ client, resource: imageBuilds, ...services.runtime })

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace = '', name } = parseKey(key)
    if (!isWaiting(builds.get(namespace, name))) return
    const build = await unlessMissing(client.get(imageBuilds, { namespace, name }))
    const release = build?.spec.from.debian?.release
    if (build === undefined || release === undefined || !isWaiting(build)) return
    const base = await baseOf(release)
    await tell(build, base)
    if (base.state === 'Building') return { requeueAfterMs: lookAgainMs }
  }

  async function baseOf(release: BaseRelease): Promise<NonNullable<ImageBuildStatus['base']>> {
    const known = jobs.get(release)
    if (known?.state === 'running') return { state: 'Building', message: known.message }
    if ((await images.find(baseImages[release].name)) !== undefined) return { state: 'Ready' }
    const nowMs = clock.now().getTime()
    if (known?.state === 'failed' && nowMs - (known.endedMs ?? 0) < failureCountsMs) {
      return { state: 'Failed', message: known.message }
    }
    begin(release)
    return { state: 'Building', message: `building ${baseImages[release].name} from packages` }
  }

  function begin(release: BaseRelease): void {
    const { name, description } = baseImages[release]
    const job: Job = { state: 'running', message: `building ${name} from packages` }
    jobs.set(release, job)
    const work = finish(job, () =>
      images.buildDebian({
        name,
        release,
        description,
        signal: stopping.signal,
        onProgress: ({ step, done, total }) => {
          const share = done === undefined || !total ? '' : ` ${Math.floor((done / total) * 100)}%`
          job.message = `building ${name}: ${step}${share}`
        },
      }),
    )
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  async function finish(job: Job, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      job.state = 'done'
    } catch (error) {
      const remedy = error instanceof Error && 'remedy' in error ? error.remedy : undefined
      job.message = `${messageOf(error)}${typeof remedy === 'string' ? `. ${remedy}` : ''}`
      job.endedMs = clock.now().getTime()
      job.state = 'failed'
    }
  }

  async function tell(build: ImageBuild, base: NonNullable<ImageBuildStatus['base']>): Promise<void> {
    if (deepEqual(build.status?.base, base)) return
    await client.updateStatus(imageBuilds, { ...build, status: { ...build.status, base } })
  }

  const controller = createController({
    name: 'base-images',
    reconcile,
    watches: [{ informer: builds }],
    ...services.runtime,
  })
  return {
    ...controller,
    async stop() {
      stopping.abort()
      await controller.stop()
      await builds.stop()
      await Promise.all(running)
    },
  }
}

/** Checked and begun by the controller of builds, and nobody has said yet that the base is there. */
function isWaiting(build: Readonly<ImageBuild> | undefined): boolean {
  if (build?.spec.from.debian === undefined || build.metadata.deletionTimestamp !== undefined) return false
  const { phase, base } = build.status ?? {}
  return phase === 'Preparing' && (base === undefined || base.state === 'Building')
}
