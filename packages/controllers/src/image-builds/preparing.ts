/** The first phase: the disk that the build works on. */

import {
  baseImageNamespace,
  baseImages,
  dataSources,
  type DataVolume,
  type DataVolumeSpec,
  type ImageBuild,
} from '@berth/api'
import { StatusError, unlessMissing } from '@berth/meta'
import { workDisk } from './builder.ts'
import { diskState, ensureDisk } from './disks.ts'
import { failed, waiting, type Build, type BuildWorld, type StepResult } from './world.ts'

/** An engine that builds bases says so at once; on a cluster nobody does. */
const claimMs = 60_000
/** What a server says of what it will never take: wrong, not allowed, or both. */
const refusals = [400, 403, 422]

export async function prepare(world: BuildWorld, build: Build): Promise<StepResult> {
  const source = await sourceOf(world, build)
  if ('kind' in source) return source
  let disk: DataVolume
  try {
    disk = await ensureDisk(world.client, workDisk(build, source.content))
  } catch (error) {
    // It would be refused again: nothing in the build can change.
    if (!(error instanceof StatusError && refusals.includes(error.httpCode))) throw error
    return failed(`the disk is refused: ${error.message}`)
  }
  if (disk.metadata.ownerReferences?.some(({ uid }) => uid === build.metadata.uid) !== true) {
    return failed(
      `there is a DataVolume "${disk.metadata.name ?? ''}" already that is not of this build; delete it or name the build differently`,
    )
  }
  const state = diskState(disk)
  if (state.kind === 'failed') return failed(state.message)
  if (state.kind === 'filling') {
    const { progress } = state
    return waiting({ message: state.message, ...(progress === undefined ? {} : { progress }) })
  }
  return { kind: 'next', status: { message: 'the disk is ready' } }
}

async function sourceOf(
  world: BuildWorld,
  build: Build,
): Promise<{ content: Pick<DataVolumeSpec, 'source' | 'sourceRef'> } | StepResult> {
  const { from } = build.spec
  const own = build.metadata.namespace ?? ''
  if (from.debian !== undefined) return baseOf(world, build, from.debian.release)
  if (from.dataSource !== undefined) {
    const { name, namespace = own } = from.dataSource
    const there = await unlessMissing(world.client.get(dataSources, { namespace, name }))
    if (there === undefined) return failed(`there is no DataSource "${name}" in namespace "${namespace}"`)
    return { content: { sourceRef: { kind: 'DataSource', namespace, name } } }
  }
  if (from.pvc !== undefined) {
    const { name, namespace = own } = from.pvc
    return { content: { source: { pvc: { namespace, name } } } }
  }
  if (from.http !== undefined) return { content: { source: { http: from.http } } }
  if (from.registry !== undefined) return { content: { source: { registry: from.registry } } }
  return failed('spec.from names no source')
}

type Release = NonNullable<ImageBuild['spec']['from']['debian']>['release']

async function baseOf({ client, clock }: BuildWorld, { status }: Build, release: Release) {
  const { base, startedAt } = status
  const name = baseImages[release].name
  if (base?.state === 'Failed')
    return failed(`the base image ${name} cannot be built: ${base.message ?? 'see the log of the engine'}`)
  const there = await unlessMissing(client.get(dataSources, { namespace: baseImageNamespace, name }))
  if (there !== undefined && base?.state !== 'Building') {
    return { content: { sourceRef: { kind: 'DataSource', namespace: baseImageNamespace, name } } }
  }
  if (base === undefined && clock.now().getTime() - Date.parse(startedAt ?? '') > claimMs) {
    return failed(
      `nobody here builds ${name} from packages: only the embedded engine does, on its own host. Name a cloud image with spec.from.http instead.`,
    )
  }
  return waiting({ message: base?.message ?? `waiting for the base image ${name}` })
}
