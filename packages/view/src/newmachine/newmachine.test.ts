import { assert, property, string } from 'fast-check'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { batchNames } from './batch.ts'
import { checkCloudConfig } from './check-cloud-config.ts'
import { cloudConfig } from './cloud-config.ts'
import { newMachine } from './new-machine.ts'
import { snippets, withSnippet } from './snippets.ts'
import { stepOfField } from './steps.ts'
import { parameterFields, parameterValues } from './template-form.ts'
import type { MachineSource, MachineWish } from './wish.ts'

const wish = (source: MachineSource, more: Partial<MachineWish> = {}): MachineWish => ({
  name: 'web',
  namespace: 'default',
  source,
  boot: 'bios',
  tpm: false,
  start: true,
  ...more,
})

describe('a new machine', () => {
  it.each<[string, MachineSource, object | undefined, object | undefined]>([
    ['the built-in guest', { kind: 'builtIn' }, undefined, undefined],
    ['a container disk', { kind: 'container', image: 'a/b' }, { containerDisk: { image: 'a/b' } }, undefined],
    ['a disk that is there', { kind: 'claim', name: 'd' }, { persistentVolumeClaim: { claimName: 'd' } }, undefined],
    [
      'a copy',
      { kind: 'copy', namespace: 'n', name: 'd' },
      { dataVolume: { name: 'web-root' } },
      { source: { pvc: { namespace: 'n', name: 'd' } }, storage: {} },
    ],
    [
      'an address with its digest',
      { kind: 'url', url: 'https://x/y', checksum: 'sha256:00' },
      { dataVolume: { name: 'web-root' } },
      { source: { http: { url: 'https://x/y', checksum: 'sha256:00' } } },
    ],
    ['nothing', { kind: 'empty' }, { dataVolume: { name: 'web-root' } }, { source: { blank: {} } }],
  ])('from %s', (_what, source, volume, disk) => {
    const { spec } = newMachine(wish(source))
    const [first] = spec.template.spec.volumes ?? []
    if (volume === undefined) expect(first).toBeUndefined()
    else expect(first).toMatchObject({ name: 'root', ...volume })
    if (disk === undefined) expect(spec.dataVolumeTemplates).toBeUndefined()
    else expect(spec.dataVolumeTemplates?.[0]?.spec).toMatchObject(disk)
  })

  it('is installed from a medium: the disk boots as soon as there is something on it', () => {
    const { spec } = newMachine(wish({ kind: 'iso', url: 'https://x/y.iso' }))
    expect(spec.template.spec.domain.devices.disks).toEqual([
      { name: 'root', disk: { bus: 'virtio' }, bootOrder: 1 },
      { name: 'iso', cdrom: { bus: 'sata' }, bootOrder: 2 },
    ])
    expect(spec.dataVolumeTemplates?.map(({ metadata }) => metadata.name)).toEqual(['web-root', 'web-iso'])
  })

  it('has further disks, cards and what its guest is told', () => {
    const made = newMachine(
      wish(
        { kind: 'empty' },
        {
          disks: [{ kind: 'blank', name: 'data', size: '5Gi' }],
          networks: [{ name: 'lan', network: 'default/vlan7', binding: 'bridge', macAddress: '02:00:00:00:00:01' }],
          networkData: 'version: 2\n',
          nodeSelector: { zone: 'a' },
          runStrategy: 'Manual',
        },
      ),
    )
    const { spec } = made.spec.template
    expect(made.spec.runStrategy).toBe('Manual')
    expect(spec.networks).toEqual([{ name: 'lan', multus: { networkName: 'default/vlan7' } }])
    expect(spec.domain.devices.interfaces).toEqual([{ name: 'lan', bridge: {}, macAddress: '02:00:00:00:00:01' }])
    expect(spec.volumes?.map(({ name }) => name)).toEqual(['root', 'data', 'cloudinit'])
    // Network data alone is refused by KubeVirt.
    expect(spec.volumes?.[2]?.cloudInitNoCloud?.userData).toBe('#cloud-config\n{}\n')
    expect(spec.nodeSelector).toEqual({ zone: 'a' })
  })
})

describe('names of a batch', () => {
  it.each([
    [{ pattern: 'web-{n}', count: 3, start: 1 }, ['web-1', 'web-2', 'web-3']],
    [{ pattern: 'web-{n:3}', count: 2, start: 9 }, ['web-009', 'web-010']],
    [{ pattern: 'web', count: 2, start: 1 }, ['web-1', 'web-2']],
    [{ pattern: 'web', count: 1, start: 1 }, ['web']],
    [{ pattern: '{n}-{n}', count: 1, start: 4 }, ['4-4']],
  ])('%j', (batch, names) => {
    expect(batchNames(batch)).toEqual(names)
  })
  it('are not without end', () => {
    expect(batchNames({ pattern: 'a', count: 1_000_000, start: 1 })).toHaveLength(200)
  })
})

describe('cloud-init user data', () => {
  const reasons = (text: string) => checkCloudConfig(text).map(({ reason, line }) => `${line} ${reason}`)

  it.each([
    ['#cloud-config\npackages: [vim]\n', []],
    ['', []],
    ['#!/bin/sh\necho hello\n', []],
    ['packages: [vim]\n', ['1 header']],
    ['#cloud-config\npackages: [vim\n', ['3 syntax']],
    ['#cloud-config\n- a\n', ['1 notAMap']],
    ['#cloud-config\npackages: []\npackges: []\n', ['3 unknownKey']],
    ['#cloud-config\nuser: a\nuser: b\n', ['3 duplicate']],
    [`#cloud-config\n# ${'x'.repeat(2048)}\n`, ['1 tooLarge']],
  ])('%j', (text, expected) => {
    expect(reasons(text)).toEqual(expected)
  })

  it('is judged whatever it is', () => {
    assert(
      property(string({ unit: 'grapheme', maxLength: 200 }), (text) =>
        Array.isArray(checkCloudConfig(`#cloud-config\n${text}`)),
      ),
    )
  })

  it('knows what the short form and the snippets write', () => {
    const login = cloudConfig({ user: 'ada', password: 'x', sshKeys: ['ssh-ed25519 AAAA'] })
    const all = snippets.reduce((text, snippet) => withSnippet(text, snippet), login)
    expect(reasons(login)).toEqual([])
    expect(reasons(all)).toEqual([])
  })

  it('keeps comments and what is there when a snippet is put in', () => {
    const [agent] = snippets.filter(({ id }) => id === 'agent')
    if (agent === undefined) throw new Error('no such snippet')
    const once = withSnippet('#cloud-config\n# ours\npackages:\n  - vim # good\ntimezone: UTC\n', agent)
    expect(once).toContain('# ours')
    expect(once).toContain('- vim # good')
    expect(parse(once)).toMatchObject({ packages: ['vim', 'qemu-guest-agent'], timezone: 'UTC' })
    expect(withSnippet(once, agent)).toBe(once)
    expect(withSnippet('', agent)).toMatch(/^#cloud-config\n/)
    expect(withSnippet('#cloud-config\na: [', agent)).toBe('#cloud-config\na: [')
  })
})

it.each([
  ['spec.template.spec.domain.memory.guest', 'size'],
  ['spec.template.spec.domain.devices.disks[0].name', 'disks'],
  ['spec.dataVolumeTemplates[0]', 'disks'],
  ['spec.template.spec.volumes[1].cloudInitNoCloud.userData', 'guest'],
  ['spec.template.spec.domain.devices.interfaces[0]', 'network'],
  ['spec.runStrategy', 'placement'],
  ['metadata.name', 'source'],
  ['spec.somethingElse', 'review'],
  [undefined, 'review'],
])('%s is a matter of the step %s', (field, step) => {
  expect(stepOfField(field)).toBe(step)
})

describe('parameters of a template', () => {
  const fields = parameterFields([
    { name: 'NAME', required: true, generate: 'expression', from: 'a-[a-z]{3}' },
    { name: 'CPUS', value: '2' },
    { name: 'MEMORY', value: '2Gi' },
    { name: 'SSH_KEY' },
    { name: 'ROOT_PASSWORD', value: 'stored' },
  ])
  it('are fields of their kind, and a stored secret is not shown', () => {
    expect(fields.map(({ kind }) => kind)).toEqual(['text', 'count', 'size', 'key', 'secret'])
    expect(fields[4]?.value).toBe('')
    expect(fields[0]?.generated).toBe(true)
  })
  it('are sent as far as they say something', () => {
    expect(parameterValues(fields, { NAME: 'web', MEMORY: '4Gi' })).toEqual({ NAME: 'web', CPUS: '2', MEMORY: '4Gi' })
  })
})
