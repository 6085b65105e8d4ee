/**
 * The last phase: the disk becomes a version of the image. In an order in which every step can be the last: the version's number is in
 * the status before its disk is made, its DataSource is made when the disk is whole, and only then the name of the image follows it.
 */

import {
  dataSources,
  dataVolumes,
  imageBuildAnnotation,
  imageBuildLabel,
  imageLabel,
  nextVersion,
  versionName,
  virtualMachineInstances,
  type DataSource,
} from '@berth/api'
import { persistentVolumeClaims, type Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { removeBuilder } from './cleaning.ts'
import { workName } from './builder.ts'
import { diskState, ensureDisk } from './disks.ts'
import { buildKey, mayChange, publishedSource, targetNamespace, versionDisk } from './published.ts'
import { failed, waiting, type Build, type BuildWorld, type StepResult } from './world.ts'

export async function publish(world: BuildWorld, build: Build): Promise<StepResult> {
  const { client } = world
  const own = { namespace: build.metadata.namespace ?? '', name: workName(build) }
  // The disk is copied when nobody can write to it any more.
  await removeBuilder(client, build)
  if ((await unlessMissing(client.get(virtualMachineInstances, own))) !== undefined) {
    return waiting({ message: 'the machine that set up the image is being removed' })
  }
  const { version } = build.status
  if (version === undefined) {
    return waiting({ version: await freeVersion(client, build), message: 'the version is being made' })
  }
  const image = build.spec.publish.name
  const name = versionName(image, version)
  const disk = await ensureDisk(client, versionDisk(build, version))
  if (disk.metadata.annotations?.[imageBuildAnnotation] !== buildKey(build.metadata)) {
    // Two builds of one image took the same number: the one who comes later takes the next.
    return waiting({ version: await freeVersion(client, build) })
  }
  const state = diskState(disk)
  if (state.kind === 'failed') return failed(state.message)
  if (state.kind === 'filling') {
    const { progress } = state
    return waiting({ message: state.message, ...(progress === undefined ? {} : { progress }) })
  }
  const namespace = targetNamespace(build)
  const claim = await unlessMissing(client.get(persistentVolumeClaims, { namespace, name }))
  const size = claim?.spec.resources?.requests?.['storage']
  await ensureSource(client, publishedSource(build, { name, claim: name, version, size }))
  await client.patch(
    dataVolumes,
    { namespace, name },
    { type: 'merge', patch: { metadata: { labels: { [imageBuildLabel]: null } } } },
  )
  const problem = await follow(client, build, {
    wanted: publishedSource(build, { name: image, claim: name, size }),
    version,
  })
  if (problem !== undefined) return failed(problem)
  return {
    kind: 'next',
    status: { dataSource: { namespace, name }, message: `published as version ${version}`, progress: '100%' },
  }
}

/** @returns why nothing can be published under the name; asked before anything is done */
export async function nameProblem(client: Client, build: Build): Promise<string | undefined> {
  const { name } = build.spec.publish
  const namespace = targetNamespace(build)
  const there = await unlessMissing(client.get(dataSources, { namespace, name }))
  if (there !== undefined && !mayChange(build, there))
    return `the image "${name}" in namespace "${namespace}" was published from another namespace: publish under another name`
  if (there === undefined || there.metadata.labels?.[imageLabel] === name) return undefined
  return `there is a DataSource "${name}" in namespace "${namespace}" that no image build made: publish under another name`
}

async function freeVersion(client: Client, build: Build): Promise<number> {
  const image = build.spec.publish.name
  const scope = { namespace: targetNamespace(build), labelSelector: `${imageLabel}=${image}` }
  const [sources, disks] = await Promise.all([client.list(dataSources, scope), client.list(dataVolumes, scope)])
  return nextVersion([...sources.items, ...disks.items].map(({ metadata }) => metadata.labels))
}

async function ensureSource(client: Client, wanted: DataSource): Promise<void> {
  const { namespace = '', name = '' } = wanted.metadata
  const there = await unlessMissing(client.get(dataSources, { namespace, name }))
  if (there === undefined) await client.create(dataSources, wanted)
}

/** @returns why the name cannot follow */
async function follow(
  client: Client,
  build: Build,
  { wanted, version }: { wanted: DataSource; version: number },
): Promise<string | undefined> {
  const { namespace = '', name = '' } = wanted.metadata
  const there = await unlessMissing(client.get(dataSources, { namespace, name }))
  if (there === undefined) {
    await client.create(dataSources, wanted)
    return undefined
  }
  if (there.metadata.labels?.[imageLabel] !== name || !mayChange(build, there)) {
    return `version ${version} is there, but DataSource "${name}" in namespace "${namespace}" was made by somebody else and is left as it is`
  }
  // Two builds may end in any order.
  if (followed(there) >= version) return undefined
  await client.update(dataSources, {
    ...there,
    metadata: {
      ...there.metadata,
      labels: { ...wanted.metadata.labels },
      annotations: { ...there.metadata.annotations, ...wanted.metadata.annotations },
    },
    spec: wanted.spec,
  })
  return undefined
}

/** Version that the name of an image stands for; 0 when it is none. */
function followed({ metadata, spec }: DataSource): number {
  const claim = Object(spec.source)['pvc']?.['name']
  const [, number = '0'] = new RegExp(`^${metadata.name ?? ''}-v(\\d+)$`).exec(String(claim ?? '')) ?? []
  return Number(number)
}
