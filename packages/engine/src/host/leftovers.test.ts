import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { virtualMachineInstances } from '@berth/api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { leftovers } from '../stop-all.ts'
import { StorageLayout } from '../volumes/storage/layout.ts'
import { dataDirectory, makeDataDirectory } from './data-directory.ts'
import { findLeftovers } from './leftovers.ts'

let dataDir = ''

beforeEach(async () => {
  dataDir = await temporaryFolder()
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

const stranger = '00000000-1111-2222-3333-444444444444'

it('finds nothing where no engine has run', async () => {
  expect(await leftovers(join(dataDir, 'never'))).toEqual([])
})

it('finds what no object names, with the engine away and while it runs', async () => {
  const paths = dataDirectory(dataDir)
  {
    await using cluster = await TestEngine.start({ dataDir })
    const volumes = [{ name: 'root', dataVolume: { name: 'disk' } }]
    const dataVolumeTemplates = [{ metadata: { name: 'disk' }, spec: dataVolumeOf('disk').spec }]
    await cluster.create(machineOf('web', { spec: { volumes }, dataVolumeTemplates }))
    const { metadata } = await cluster.running('web')
    await mkdir(join(paths.ephemeral, metadata.uid ?? ''), { recursive: true })
    const { items } = await cluster.client.list(virtualMachineInstances)
    expect(items).toHaveLength(1)
    expect(await leftovers(dataDir)).toEqual([])
  }
  const { volumes, snapshots } = new StorageLayout({ name: 'local', directory: paths.volumes })
  for (const folder of [paths.machines, paths.ephemeral, volumes]) await mkdir(join(folder, stranger))
  await writeFile(join(snapshots, `${stranger}.json`), '{}')
  const expected = [
    { kind: 'machine folder', what: join(paths.machines, stranger), cleaned: true },
    { kind: 'run-time disks', what: join(paths.ephemeral, stranger), cleaned: false },
    { kind: 'volume', what: join(volumes, stranger), cleaned: false },
    { kind: 'volume snapshot', what: join(snapshots, `${stranger}.json`), cleaned: false },
  ]
  expect(await leftovers(dataDir)).toEqual(expected)
})

it('does not take for a leftover what comes to be while it looks', async () => {
  const paths = dataDirectory(dataDir)
  await makeDataDirectory(paths)
  const found = await findLeftovers(paths, async () => {
    await mkdir(join(paths.volumes, 'volumes', 'pvc-new'), { recursive: true })
    return { instances: new Set(), volumes: new Set(), snapshots: new Set() }
  })
  expect(found).toEqual([])
})
