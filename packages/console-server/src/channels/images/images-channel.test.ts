import { afterEach, describe, expect, it, vi } from 'vitest'
import { dataSources, dataVolumes, imageBuilds, type DataSource } from '@berth/api'
import { newImage, type ImagesUpdate } from '@berth/view'
import { useChannelHost } from '../testing/channel-host.ts'
import { imagesChannel } from './images-channel.ts'

const host = useChannelHost()
const open: (() => void)[] = []

afterEach(() => {
  for (const close of open.splice(0)) close()
})

function browse(request: unknown): ImagesUpdate[] {
  const updates: ImagesUpdate[] = []
  const channel = imagesChannel.open({
    context: host().context(),
    request: imagesChannel.parse(request),
    send: (update) => updates.push(update),
    refuse: ({ message }) => {
      throw new Error(message)
    },
  })
  open.push(() => channel.close())
  return updates
}

const patient = { timeout: 30_000, interval: 20 }

describe('the images of a cluster', () => {
  it('are followed with their disks, users and builds', async () => {
    const { client } = host().engine
    const updates = browse({})
    const { disk, version, head } = newImage({
      namespace: 'default',
      image: 'web',
      version: 1,
      size: '16Mi',
      source: { kind: 'http', url: 'http://127.0.0.1:9/web.img' },
    })
    await client.create(dataSources, version)
    await client.create(dataSources, head)
    await client.create(dataVolumes, disk)
    await client.create(imageBuilds, {
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'ImageBuild',
      metadata: { name: 'web-x', namespace: 'default' },
      spec: {
        from: { dataSource: { name: 'web' } },
        customise: { files: [{ path: '/secret', content: 'not for lists' }] },
        publish: { name: 'web' },
      },
    })
    await vi.waitFor(() => {
      const last = updates.at(-1)
      const images = last?.images.map(({ name, state, current, follows }) => ({ name, state, current, follows }))
      expect(images).toEqual([
        { name: 'web', state: 'trouble', current: true, follows: 'web-v1' },
        { name: 'web-v1', state: 'trouble', current: true, follows: undefined },
      ])
      expect(last?.images[1]?.reason).toContain('nothing listens there')
      expect(last?.builds.map(({ key, image }) => [key, image])).toEqual([['here/default/web-x', 'web']])
    }, patient)
    expect(JSON.stringify(updates)).not.toContain('not for lists')
  })

  it('change as they do, and are those of the cluster that was asked for', async () => {
    const updates = browse({ cluster: 'here' })
    const elsewhere = browse({ cluster: 'elsewhere' })
    await vi.waitFor(() => expect(updates.at(-1)?.images.length).toBe(2), patient)
    const target = { namespace: 'default', name: 'web' }
    const patch = { metadata: { labels: { 'berth.dev/image-retired': 'true' } } }
    await host().engine.client.patch<DataSource>(dataSources, target, { type: 'merge', patch })
    await vi.waitFor(() => expect(updates.at(-1)?.images[0]).toMatchObject({ name: 'web', retired: true }), patient)
    expect(elsewhere.flatMap(({ images }) => images)).toEqual([])
  })

  it.each([{ cluster: 7 }, { cluster: 'x'.repeat(300) }])('refuses %j', (request) => {
    expect(() => imagesChannel.parse(request)).toThrow('request.cluster')
  })
})
