/** One look at one build: it does the next thing there is to do, and writes down how far it is. Any line may be the last. */

import { imageBuilds, validateImageBuild, type ImageBuildPhase, type ImageBuildStatus } from '@berth/api'
import { parseKey, type ReconcileResult } from '@berth/kube'
import { deepEqual, formatTime, setCondition, unlessMissing, type Condition } from '@berth/meta'
import { removeAll, removeOldVersions, removeUnpublished } from './cleaning.ts'
import { customise } from './customising.ts'
import { prepare } from './preparing.ts'
import { nameProblem, publish } from './publishing.ts'
import { missingRight } from './rights.ts'
import { failed, type Build, type BuildWorld, type StepResult } from './world.ts'

/** What a machine prints comes without an event. */
const lookAgainMs = 3000
const defaultTimeoutSeconds = 3600

const ended: readonly (ImageBuildPhase | undefined)[] = ['Succeeded', 'Failed', 'Cancelled']

const steps: { readonly [phase in ImageBuildPhase]?: (world: BuildWorld, build: Build) => Promise<StepResult> } = {
  Preparing: prepare,
  Customising: customise,
  Publishing: publish,
}

const following: { readonly [phase in ImageBuildPhase]?: ImageBuildPhase } = {
  Preparing: 'Customising',
  Customising: 'Publishing',
  Publishing: 'Succeeded',
}

export async function reconcileBuild(world: BuildWorld, key: string): Promise<ReconcileResult> {
  const { namespace = '', name } = parseKey(key)
  // Not from a cache: one that is late would do a thing twice.
  const found = await unlessMissing(world.client.get(imageBuilds, { namespace, name }))
  // What belongs to it goes with it, but for the disk of a version, which may lie in another namespace.
  if (found === undefined) {
    await removeUnpublished(world.client, key)
    return undefined
  }
  if (found.metadata.deletionTimestamp !== undefined) return undefined
  const build: Build = { ...found, status: found.status ?? {} }
  const { phase = 'Pending' } = build.status
  if (ended.includes(phase)) {
    await removeAll(world.client, build)
    if (phase === 'Succeeded') await removeOldVersions(world.client, build)
    return undefined
  }
  if (build.spec.cancel === true) return end(world, build, 'Cancelled', 'cancelled; nothing was published')
  const late = lateness(world, build)
  if (late !== undefined) return end(world, build, 'Failed', late)
  if (phase === 'Pending') return begin(world, build)
  const result = (await steps[phase]?.(world, build)) ?? failed(`phase ${phase} is not known`)
  switch (result.kind) {
    case 'failed':
      return end(world, build, 'Failed', result.message)
    case 'waiting':
      await write(world, build, { ...build.status, ...result.status })
      return { requeueAfterMs: lookAgainMs }
    case 'next': {
      const next = following[phase] ?? 'Failed'
      if (next === 'Succeeded') return end(world, build, next, result.status.message ?? '', result.status)
      const { progress: _old, step: _step, ...rest } = build.status
      await write(world, build, { ...rest, ...result.status, phase: next })
      return { requeueAfterMs: 0 }
    }
  }
}

async function begin(world: BuildWorld, build: Build): Promise<ReconcileResult> {
  const [problem] = validateImageBuild(build)
  const words =
    problem === undefined
      ? ((await missingRight(world.client, build)) ?? (await nameProblem(world.client, build)))
      : `${problem.field ?? 'spec'}: ${problem.message ?? 'invalid'}`
  if (words !== undefined) return end(world, build, 'Failed', words)
  await write(world, build, {
    ...build.status,
    phase: 'Preparing',
    startedAt: formatTime(world.clock.now()),
    message: 'the disk is being made',
  })
  return { requeueAfterMs: 0 }
}

/** @returns what to say of a build that takes too long */
function lateness({ clock }: BuildWorld, { spec, status }: Build): string | undefined {
  const { timeoutSeconds = defaultTimeoutSeconds } = spec
  const started = Date.parse(status.startedAt ?? '')
  if (!(clock.now().getTime() - started > timeoutSeconds * 1000)) return undefined
  const took = `not done after ${timeoutSeconds} s (spec.timeoutSeconds)`
  if (status.phase === 'Customising' && status.step === undefined) {
    return `${took}: the machine booted from the image never began with the work. The image must run cloud-init, and write to a serial console.`
  }
  return `${took}; last: ${status.message ?? 'nothing'}`
}

async function end(
  world: BuildWorld,
  build: Build,
  phase: ImageBuildPhase,
  message: string,
  more: Partial<ImageBuildStatus> = {},
): Promise<ReconcileResult> {
  const now = world.clock.now()
  const done = phase === 'Succeeded'
  const conditions = setCondition(
    build.status.conditions ?? [],
    { type: 'Complete', status: done ? 'True' : 'False', reason: phase, message },
    now,
  ) as Condition[] // setCondition gives back what it was given, and one of these
  await write(world, build, { ...build.status, ...more, phase, message, finishedAt: formatTime(now), conditions })
  world.events.record(build, {
    type: done ? 'Normal' : 'Warning',
    reason: done ? 'ImagePublished' : `ImageBuild${phase}`,
    message,
  })
  // Looked at once more, to clean up.
  return { requeueAfterMs: 0 }
}

async function write({ client }: BuildWorld, build: Build, status: ImageBuildStatus): Promise<void> {
  if (deepEqual(status, build.status)) return
  await client.updateStatus(imageBuilds, { ...build, status })
}
