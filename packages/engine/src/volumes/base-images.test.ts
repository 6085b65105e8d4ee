import { join } from 'node:path'
import { dataSources, imageBuilds, type ImageBuild } from '@berth/api'
import { createImage, ImageCache } from '@berth/imaging'
import { expect, it } from 'vitest'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const build: ImageBuild = {
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'ImageBuild',
  metadata: { name: 'web', namespace },
  spec: { from: { debian: { release: 'bookworm' } }, publish: { name: 'web' } },
}

it('says that the base image of a build is there, once the build has begun; images of builds stay beside those of the host', async () => {
  await using engine = await TestEngine.start()
  const { client } = engine
  const made = await client.create(imageBuilds, build)
  const theirs = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataSource',
    metadata: { name: 'web-v1', namespace: 'berth-images' },
    spec: { source: { pvc: { namespace: 'berth-images', name: 'web-v1' } } },
  }
  await client.create(dataSources, theirs)
  await new ImageCache(join(engine.dataDir, 'images')).ensure({
    name: 'debian-12',
    description: 'test',
    build: (path) => createImage({ path, format: 'qcow2', sizeBytes: 1024 ** 2 }),
  })
  // Nothing happens to a build that its controller has not begun: status is as it was made.
  expect((await client.get(imageBuilds, { namespace, name: 'web' })).status).toBeUndefined()
  await client.updateStatus(imageBuilds, { ...made, status: { phase: 'Preparing' } })
  const told = await until(
    'the base is there',
    () => engine.find(imageBuilds, 'web'),
    (found) => found?.status?.base !== undefined,
  )
  expect(told?.status?.base).toEqual({ state: 'Ready' })
  await until(
    'the image of the host is published',
    () => engine.find(dataSources, 'debian-12', 'berth-images'),
    (found) => found !== undefined,
  )
  expect(
    (await client.list(dataSources, { namespace: 'berth-images' })).items.map(({ metadata }) => metadata.name),
  ).toEqual(['debian-12', 'web-v1'])
  const ofHost = { ...theirs, metadata: { ...theirs.metadata, name: 'mine' }, spec: { source: {} } }
  await expect(client.create(dataSources, ofHost)).rejects.toMatchObject({ code: 'Invalid' })
})
