/** An ImageBuild as a row. */

import type { ImageBuild, ImageBuildPhase } from '@berth/api'
import { createdOf } from '../rows/machine-row.ts'
import type { Tone } from '../rows/row.ts'
import type { BuildRow } from './image-row.ts'

/** Of those that are over; the others are under way. */
const tones: Partial<Record<ImageBuildPhase, Tone>> = {
  Succeeded: 'running',
  Failed: 'attention',
  Cancelled: 'stopped',
}
const maxMessage = 400

export function buildRow(cluster: string, { metadata, spec, status = {} }: Readonly<ImageBuild>): BuildRow {
  const { namespace = '', name = '' } = metadata
  const { phase = 'Pending', message, step, progress, version, logConfigMap, finishedAt } = status
  const tone = tones[phase]
  const [, share] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(progress ?? '') ?? []
  const finished = Date.parse(finishedAt ?? '')
  return {
    key: `${cluster}/${namespace}/${name}`,
    cluster,
    namespace,
    name,
    image: spec.publish.name,
    target: spec.publish.namespace ?? namespace,
    phase,
    tone: tone ?? 'starting',
    over: tone !== undefined,
    created: createdOf(metadata.creationTimestamp),
    cancelling: spec.cancel === true && tone === undefined,
    ...(message === undefined ? {} : { message: message.slice(0, maxMessage) }),
    ...(step === undefined ? {} : { step: step.slice(0, maxMessage) }),
    ...(share === undefined ? {} : { progress: Math.min(1, Number(share) / 100) }),
    ...(version === undefined ? {} : { version }),
    ...(logConfigMap === undefined ? {} : { log: logConfigMap }),
    ...(Number.isNaN(finished) ? {} : { finished }),
  }
}
