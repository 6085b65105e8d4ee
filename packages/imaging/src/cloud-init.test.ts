import { describe, expect, it } from 'vitest'
import { configDriveFiles, noCloudFiles } from './cloud-init.ts'

const json = (text: string | undefined): unknown => JSON.parse(text ?? 'null')

describe('noCloudFiles', () => {
  it('writes what is given, keys numbered', () => {
    const { label, files } = noCloudFiles({
      instanceId: 'id-1',
      hostname: 'web',
      userData: '#cloud-config\n',
      networkData: 'version: 2\n',
      publicKeys: ['ssh-ed25519 AAAA one\n', 'ssh-rsa BBBB two'],
      instanceType: 'small',
    })
    expect(label).toBe('cidata')
    expect([...files.keys()]).toEqual(['meta-data', 'user-data', 'network-config'])
    expect(json(files.get('meta-data'))).toEqual({
      'instance-type': 'small',
      'instance-id': 'id-1',
      'local-hostname': 'web',
      'public-keys': { '0': 'ssh-ed25519 AAAA one', '1': 'ssh-rsa BBBB two' },
    })
  })

  it('writes an empty user-data file, which cloud-init insists on, and no empty network-config', () => {
    const { files } = noCloudFiles({ instanceId: 'i', hostname: 'h', networkData: '' })
    expect(files.get('user-data')).toBe('')
    expect(files.has('network-config')).toBe(false)
    expect(json(files.get('meta-data'))).toEqual({ 'instance-id': 'i', 'local-hostname': 'h' })
  })
})

describe('configDriveFiles', () => {
  it('writes the OpenStack layout', () => {
    const { label, files } = configDriveFiles({
      instanceId: 'web.default',
      uuid: 'u-1',
      hostname: 'web',
      userData: '#!/bin/sh\n',
      networkData: '{}',
      publicKeys: ['ssh-ed25519 AAAA'],
      devices: [{ type: 'nic', bus: 'pci', address: '0000:01:00.0', mac: '02:00:00:00:00:01', tags: ['storage'] }],
    })
    expect(label).toBe('config-2')
    expect(files.get('openstack/latest/user_data')).toBe('#!/bin/sh\n')
    expect(files.get('openstack/latest/network_data.json')).toBe('{}')
    expect(json(files.get('openstack/latest/meta_data.json'))).toMatchObject({
      instance_id: 'web.default',
      uuid: 'u-1',
      hostname: 'web',
      public_keys: { '0': 'ssh-ed25519 AAAA' },
      devices: [{ tags: ['storage'] }],
    })
  })

  it('leaves empty files out', () => {
    const { files } = configDriveFiles({ instanceId: 'i', uuid: 'u', hostname: 'h' })
    expect([...files.keys()]).toEqual(['openstack/latest/meta_data.json'])
  })
})
