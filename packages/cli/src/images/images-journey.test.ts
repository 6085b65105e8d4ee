/** `berth image` against an engine with simulated machines and the controller of image builds; the test is the guest. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { dataSources, dataVolumes, imageBuilds } from '@berth/api'
import type { Engine } from '@berth/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { berth, type TestWorld } from '../testing/test-context.ts'

let folder: string
let engine: Engine
let world: TestWorld

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-images-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({
    dataDir: dataDirectory,
    port: 0,
    driver: 'simulated',
    logger: silentLogger,
  })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
  const { client } = engine.services
  // Two versions, as builds publish them.
  for (const version of [1, 2]) {
    const name = `web-v${version}`
    const labels = { 'berth.dev/image': 'web', 'berth.dev/image-version': String(version) }
    const at = { namespace: 'berth-images', name, labels }
    const storage = { resources: { requests: { storage: '16Mi' } } }
    const apiVersion = 'cdi.kubevirt.io/v1beta1'
    await client.create(dataVolumes, {
      apiVersion,
      kind: 'DataVolume',
      metadata: at,
      spec: { source: { blank: {} }, storage },
    })
    const source = { pvc: { namespace: 'berth-images', name } }
    const annotations = { 'berth.dev/disk-size': '16Mi', 'berth.dev/image-description': 'Web server' }
    await client.create(dataSources, {
      apiVersion,
      kind: 'DataSource',
      metadata: { ...at, annotations },
      spec: { source },
    })
    if (version === 1) continue
    const newest = { namespace: 'berth-images', name: 'web', labels: { 'berth.dev/image': 'web' } }
    await client.create(dataSources, { apiVersion, kind: 'DataSource', metadata: newest, spec: { source } })
  }
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

describe('berth image', () => {
  it('shows versions, newest first', async () => {
    const { stdout } = await berth(world, 'image', 'versions', '-o', 'name')
    expect(stdout).toBe('web\nweb-v2\nweb-v1\n')
    const table = (await berth(world, 'image', 'versions', 'web')).stdout
    expect(table).toMatch(/^web-v2 +v2 +16Mi +\d+s +(not )?ready +- +Web server$/m)
  })

  it('retires a version, and takes it back', async () => {
    expect((await berth(world, 'image', 'retire', 'web-v1')).stdout).toBe('Image "web-v1" retired\n')
    expect((await berth(world, 'image', 'versions')).stdout).toMatch(/^web-v1 .* retired /m)
    await berth(world, 'image', 'retire', 'web-v1', '--undo')
    expect((await berth(world, 'image', 'versions')).stdout).not.toContain('retired')
  })

  it('deletes an old version, but not the one that the name stands for', async () => {
    const newest = await berth(world, 'image', 'delete', 'web-v2')
    expect([newest.exitCode, newest.stderr]).toEqual([
      4,
      expect.stringContaining('is the version that "web" stands for'),
    ])
    expect((await berth(world, 'image', 'delete', 'web-v1')).stdout).toBe('Image "web-v1" deleted\n')
    expect((await berth(world, 'image', 'versions', '-o', 'name')).stdout).toBe('web\nweb-v2\n')
    const { items } = await engine.services.client.list(dataVolumes, { namespace: 'berth-images' })
    expect(
      items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name),
    ).toEqual(['web-v2'])
  })

  it('asks for a build with all that is to be done', async () => {
    await writeFile(join(folder, 'motd'), 'hello\n')
    await writeFile(join(folder, 'key.pub'), `ssh-ed25519 ${'A'.repeat(40)} ann\n`)
    const { exitCode, stdout, stderr } = await berth(
      world,
      'image',
      'build',
      'debian-12',
      '--publish',
      'shop',
      '--package',
      'nginx,curl',
      '--run',
      'systemctl enable nginx',
      '--file',
      `${join(folder, 'motd')}:/etc/motd:0600`,
      '--ssh-user',
      `ann=${join(folder, 'key.pub')}`,
      '--keep',
      '3',
      '--no-wait',
    )
    expect([exitCode, stderr, stdout]).toEqual([
      0,
      '',
      expect.stringMatching(/^Image build "shop-\w{5}" created in namespace "berth-image-builds"\n$/),
    ])
    const [build] = (await engine.services.client.list(imageBuilds, { namespace: 'berth-image-builds' })).items
    expect(build?.spec).toEqual({
      from: { debian: { release: 'bookworm' } },
      customise: {
        packages: ['nginx', 'curl'],
        files: [{ path: '/etc/motd', content: 'hello\n', mode: '0600' }],
        commands: ['systemctl enable nginx'],
        users: [{ name: 'ann', sshKeys: [`ssh-ed25519 ${'A'.repeat(40)} ann`], sudo: true }],
      },
      publish: { name: 'shop', namespace: 'berth-images' },
      keepVersions: 3,
    })
    const name = build?.metadata.name ?? ''
    expect((await berth(world, 'image', 'builds')).stdout).toMatch(/^berth-image-builds +shop-\w{5} +shop +Pending/m)
    expect((await berth(world, 'image', 'log', name)).stderr).toBe('There is no log yet.\n')
    expect((await berth(world, 'image', 'cancel', name)).exitCode).toBe(0)
  })

  it('begins with a cloud image of the catalogue, by its digest', async () => {
    const { exitCode } = await berth(
      world,
      'image',
      'build',
      'ubuntu-24.04',
      '--publish',
      'u',
      '-n',
      'default',
      '--no-wait',
    )
    expect(exitCode).toBe(0)
    const [build] = (await engine.services.client.list(imageBuilds, { namespace: 'default' })).items
    expect(build?.spec.from).toEqual({
      http: { url: expect.stringContaining('ubuntu'), checksum: expect.stringMatching(/^sha256:/) },
    })
    expect(build?.spec.publish).toEqual({ name: 'u' })
  })

  it('takes a disk as it is for an image, and copies an image to where others may read it', async () => {
    expect((await berth(world, 'disk', 'create', 'base', '--size', '16Mi')).exitCode).toBe(0)
    const { stdout } = await berth(world, 'image', 'create', 'site', '--from', 'base')
    expect(stdout).toBe('Image "site" of namespace "default" is "site-v1"\n')
    expect((await berth(world, 'image', 'create', 'site', '--from', 'base')).stdout).toContain('is "site-v2"\n')
    expect((await berth(world, 'image', 'use', 'site-v1', '-n', 'default')).stdout).toBe(
      'Image "site" stands for "site-v1" from now on\n',
    )
    expect((await berth(world, 'image', 'publish', 'site')).stdout).toBe(
      'Image "site" of namespace "berth-images" is "site-v1"\n',
    )
    const { items } = await engine.services.client.list(dataSources, { namespace: 'berth-images' })
    expect(items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['site', 'site-v1']))
  })

  it('keeps an image fresh, and stops that', async () => {
    const { stdout } = await berth(world, 'image', 'keep-fresh', 'daily', '--from', 'base')
    expect(stdout).toBe('Image "daily" is kept fresh: looked for now and at 0 3 * * * (UTC)\n')
    expect((await berth(world, 'image', 'schedules')).stdout).toMatch(
      /^daily +daily +\w+ +\S*base +0 3 \* \* \* \(UTC\) +3 /m,
    )
    const { stdout: ended, stderr } = await berth(world, 'image', 'unschedule', 'daily', '--yes')
    expect([stderr, ended]).toEqual([
      'Image "daily" stays as it is now, and is not looked for any more.\n',
      'Image "daily" is not kept fresh any more\n',
    ])
  })

  it.each([
    [['create', 'x'], 2, 'say what the image is made from'],
    [['create', 'x', '--from', 'none'], 3, 'there is no disk "none"'],
    [['publish', 'none'], 3, 'there is no image "none" in namespace "default"'],
    [['use', 'web'], 4, 'is no version of an image'],
    [['keep-fresh', 'x'], 2, '--url docker://IMAGE or --from DISK'],
    [['keep-fresh', 'x', '--url', 'https://example.org/x', '--size', '1Gi'], 2, 'is not of a registry'],
    [['keep-fresh', 'x', '--url', 'docker://example.org/x', '--size', '1Gi', '--schedule', 'often'], 4, 'cron'],
    [['unschedule', 'none'], 3, 'nothing keeps an image "none" fresh'],
    [['build', 'debian-12', '--package', 'nginx'], 2, 'needs a name of its own: --publish NAME'],
    [['build', './disk.img', '--publish', 'x'], 2, 'cannot be built from "./disk.img"'],
    [['build', 'web', '--publish', 'Not A Name'], 4, 'publish.name'],
    [['build', 'web', '--publish', 'x', '--file', 'motd'], 2, 'is not LOCAL:PATH'],
    [['build', 'web', '--publish', 'x', '--ssh-user', 'ann'], 2, 'is not NAME=PUBLIC-KEY-FILE'],
    [['delete', 'nothing'], 3, 'not found'],
    [['retire', 'nothing'], 3, 'not found'],
  ])('%j fails with %i', async (words, code, text) => {
    const { exitCode, stderr } = await berth(world, 'image', ...words)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(text)])
  })
})
