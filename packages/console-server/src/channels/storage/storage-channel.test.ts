import { afterEach, describe, expect, it, vi } from 'vitest'
import { dataVolumes, virtualMachines, type DataVolume, type VirtualMachine } from '@berth/api'
import type { StorageRequest, StorageUpdate } from '@berth/view'
import { useChannelHost } from '../testing/channel-host.ts'
import { storageChannel } from './storage-channel.ts'

const host = useChannelHost()
const open: (() => void)[] = []

afterEach(() => {
  for (const close of open.splice(0)) close()
})
const asked = (request: Partial<StorageRequest>): unknown => ({
  table: 'volumes',
  query: '',
  sort: [],
  from: 0,
  count: 50,
  ...request,
})

function browse(request: Partial<StorageRequest>): StorageUpdate[] {
  const updates: StorageUpdate[] = []
  const channel = storageChannel.open({
    context: host().context(),
    request: storageChannel.parse(asked(request)),
    send: (update) => updates.push(update),
    refuse: ({ message }) => {
      throw new Error(message)
    },
  })
  open.push(() => channel.close())
  return updates
}

const patient = { timeout: 30_000, interval: 20 }

const disk = (name: string, size: string): DataVolume => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { name, namespace: 'default' },
  spec: { source: { blank: {} }, storage: { resources: { requests: { storage: size } } } },
})

const machine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    runStrategy: 'Halted',
    template: {
      spec: {
        domain: { memory: { guest: '64Mi' }, devices: {} },
        volumes: [{ name: 'data', dataVolume: { name: 'st-2' } }],
      },
    },
  },
}

describe('channel storage', () => {
  it('joins claims with what fills them and who uses them, live', async () => {
    await host().engine.client.create(dataVolumes, disk('st-10', '16Mi'))
    await host().engine.client.create(dataVolumes, disk('st-2', '32Mi'))
    const updates = browse({ query: 'st-', facets: ['used'], sort: [{ column: 'name' }] })
    await vi.waitFor(() => {
      const last = updates.at(-1)
      expect(last?.rows.map(({ name, status }) => `${name} ${status}`)).toEqual(['st-2 Bound', 'st-10 Bound'])
      expect(last?.rows[0]).toMatchObject({ table: 'volumes', size: 32 * 2 ** 20, users: [], claim: true })
    }, patient)
    await host().engine.client.create(virtualMachines, machine)
    await vi.waitFor(() => {
      expect(updates.at(-1)?.rows[0]).toMatchObject({ users: [{ name: 'web', running: false }] })
      expect(updates.at(-1)?.facets).toEqual([
        {
          column: 'used',
          more: 0,
          values: [
            { value: 'no', count: 1 },
            { value: 'yes', count: 1 },
          ],
        },
      ])
    }, patient)
    await host().engine.client.delete(dataVolumes, { namespace: 'default', name: 'st-10' })
    await vi.waitFor(() => expect(updates.at(-1)?.rows.map(({ name }) => name)).toEqual(['st-2']), patient)
  })

  it('lists classes with what their volumes were promised', async () => {
    const updates = browse({ table: 'classes', query: 'default:yes' })
    await vi.waitFor(() => {
      expect(updates.at(-1)?.rows[0]).toMatchObject({ table: 'classes', isDefault: true })
      expect(updates.at(-1)?.sources.find(({ resource }) => resource === 'storageclasses')?.state).toBe('live')
    }, patient)
  })

  it.each<[string, Partial<StorageRequest>, RegExp]>([
    ['a field of another table', { query: 'provisioner:x' }, /There is no field "provisioner"/],
    ['too large a window', { count: 501 }, /request\.count/],
    ['a table that there is not', { table: 'secrets' as 'volumes' }, /request\.table must be one of/],
    ['a column without an order', { sort: [{ column: 'nothing' }] }, /request\.sort\.column/],
  ])('refuses %s', (_what, request, message) => {
    expect(() => storageChannel.parse(asked(request))).toThrow(message)
  })
})
