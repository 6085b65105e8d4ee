import { describe, expect, it } from 'vitest'
import type { ImageBuild, ImageBuildSpec } from '../types/image-build.ts'
import { versionName, versionOf } from './image-names.ts'
import { validateImageBuild } from './validate-image-build.ts'

const key = `ssh-ed25519 ${'A'.repeat(40)} me@here`

function build(spec: Partial<ImageBuildSpec> = {}, name = 'web-image'): ImageBuild {
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'ImageBuild',
    metadata: { name, namespace: 'default' },
    spec: { from: { debian: { release: 'bookworm' } }, publish: { name: 'web' }, ...spec },
  }
}

describe('an ImageBuild', () => {
  it('may have all there is', () => {
    const customise: ImageBuildSpec['customise'] = {
      packages: ['nginx'],
      files: [
        { path: '/etc/motd', content: 'hello\n' },
        { path: '/etc/key', secretRef: { name: 's', key: 'k' }, mode: '0600', owner: 'root:root' },
      ],
      users: [
        { name: 'ann', sshKeys: [key], sudo: true },
        { name: 'bob', passwordSecret: { name: 's', key: 'p' } },
      ],
      commands: ['systemctl enable nginx'],
    }
    expect(validateImageBuild(build({ customise, size: '10Gi', builder: { cpus: 2, memory: '2Gi' } }))).toEqual([])
  })

  it.each<[string, Partial<ImageBuildSpec>, string]>([
    ['no source', { from: {} }, 'spec.from'],
    ['two sources', { from: { debian: { release: 'bookworm' }, pvc: { name: 'x' } } }, 'spec.from'],
    ['a URL of another kind', { from: { http: { url: 'file:///etc/shadow' } } }, 'spec.from.http.url'],
    ['an image of another kind', { from: { registry: { url: 'http://x' } } }, 'spec.from.registry.url'],
    ['no quantity', { size: 'large' }, 'spec.size'],
    ['little memory', { builder: { memory: '1Mi' } }, 'spec.builder.memory'],
    [
      'a file that climbs',
      { customise: { files: [{ path: '/a/../b', content: '' }] } },
      'spec.customise.files[0].path',
    ],
    [
      'a file with a line end in its name',
      { customise: { files: [{ path: '/a\u0000b', content: '' }] } },
      'spec.customise.files[0].path',
    ],
    ['a file without content', { customise: { files: [{ path: '/a' }] } }, 'spec.customise.files[0]'],
    [
      'a file with two contents',
      { customise: { files: [{ path: '/a', content: '', secretRef: { name: 'a', key: 'b' } }] } },
      'spec.customise.files[0]',
    ],
    [
      'a key that is none',
      { customise: { users: [{ name: 'a', sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }] } },
      'spec.customise.users[0].sshKeys[0]',
    ],
    ['a user nobody can be', { customise: { users: [{ name: 'a' }] } }, 'spec.customise.users[0]'],
    ['an empty command', { customise: { commands: [' '] } }, 'spec.customise.commands[0]'],
    [
      'more than fits',
      { customise: { commands: Array.from({ length: 10 }, () => 'x'.repeat(60_000)) } },
      'spec.customise',
    ],
    ['nothing to do', { seal: false }, 'spec.customise'],
  ])('with %s is refused', (_what, spec, field) => {
    expect(validateImageBuild(build(spec)).map((cause) => cause.field)).toEqual([field])
  })

  it('has a name that others can be made from', () => {
    expect(validateImageBuild(build({}, 'x'.repeat(46)))).toMatchObject([{ field: 'metadata.name' }])
  })

  it('can be cancelled and nothing else', () => {
    const first = build()
    expect(validateImageBuild(build({ cancel: true }), first)).toEqual([])
    expect(validateImageBuild(build({ cancel: false }), build({ cancel: true }))).toMatchObject([
      { field: 'spec.cancel' },
    ])
    expect(validateImageBuild(build({ keepVersions: 3 }), first)).toMatchObject([{ field: 'spec' }])
  })
})

describe('versions of an image', () => {
  it('are told by labels', () => {
    expect(versionName('web', 3)).toBe('web-v3')
    expect(versionOf({ 'berth.dev/image': 'web', 'berth.dev/image-version': '3' })).toEqual({
      image: 'web',
      version: 3,
    })
    expect(versionOf({ 'berth.dev/image': 'web', 'berth.dev/image-version': '03' })).toBeUndefined()
    expect(versionOf()).toBeUndefined()
  })
})
