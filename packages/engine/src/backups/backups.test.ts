/** Backups of simulated machines: objects, files and checkpoints. That the files hold what the guest wrote is tested with QEMU. */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  kubeVirts,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  virtualMachineExports,
  virtualMachines,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from '@berth/api'
import { persistentVolumeClaims, secrets, type PersistentVolumeClaim } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { keepsFiles } from '../volumes/claim-content.ts'
import { filesFolderOf } from '../volumes/claim-files.ts'
import { backupFiles, checkpointOf } from './backup-files.ts'

const machineSource = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'db' }
const trackerSource = { apiGroup: 'backup.kubevirt.io', kind: 'VirtualMachineBackupTracker', name: 'daily' }

function backupOf(name: string, spec: Partial<VirtualMachineBackup['spec']> = {}): VirtualMachineBackup {
  return {
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    kind: 'VirtualMachineBackup',
    metadata: { name, namespace },
    spec: { source: trackerSource, pvcName: 'backups', ...spec },
  }
}

const tracker: VirtualMachineBackupTracker = {
  apiVersion: 'backup.kubevirt.io/v1alpha1',
  kind: 'VirtualMachineBackupTracker',
  metadata: { name: 'daily', namespace },
  spec: { source: machineSource },
}

const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'backups', namespace },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
}

async function enable(cluster: TestEngine, selector = { matchLabels: { backup: 'daily' } }): Promise<void> {
  await cluster.client.patch(
    kubeVirts,
    { namespace: 'kubevirt', name: 'kubevirt' },
    {
      type: 'merge',
      patch: {
        spec: {
          configuration: {
            developerConfiguration: { featureGates: ['IncrementalBackup'] },
            changedBlockTrackingLabelSelectors: { virtualMachineLabelSelector: selector },
          },
        },
      },
    },
  )
}

function tracked(): ReturnType<typeof machineOf> {
  const machine = machineOf('db', {
    spec: {
      domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: {} }] } },
      volumes: [{ name: 'root', dataVolume: { name: 'db' } }],
    },
    dataVolumeTemplates: [{ metadata: { name: 'db' }, spec: dataVolumeOf('db').spec }],
  })
  return { ...machine, metadata: { ...machine.metadata, labels: { backup: 'daily' } } }
}

const state = (backup: VirtualMachineBackup | undefined, type: string): string | undefined =>
  getCondition(backup?.status?.conditions, type)?.reason

describe('backups', () => {
  let cluster: TestEngine
  let dataDir: string

  beforeAll(async () => {
    dataDir = await temporaryFolder()
    cluster = await TestEngine.start({ dataDir })
  })
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  const over = (name: string) =>
    until(
      `backup ${name} is over`,
      () => cluster.find(virtualMachineBackups, name),
      (found) => state(found, 'Complete') !== undefined || state(found, 'Failed') !== undefined,
    )
  const files = async (): Promise<string[]> => {
    const found = await cluster.find(persistentVolumeClaims, 'backups')
    if (found === undefined) return []
    const names = await readdir(filesFolderOf(cluster.engine.services, found), { recursive: true })
    return names.filter((name) => name.endsWith('.qcow2')).toSorted()
  }

  /** Names under which is counted what is written to the disk. */
  async function counted(names: readonly string[]): Promise<void> {
    await until(
      `${names.join() || 'nothing'} is counted`,
      async () => cluster.domain(await cluster.running('db')).bitmapsOf('root'),
      (found) => String(found) === String(names),
    )
  }

  it('are refused while the feature gate is off', async () => {
    await expect(cluster.client.create(virtualMachineBackups, backupOf('early'))).rejects.toThrow(
      'IncrementalBackup feature gate not enabled',
    )
  })

  it('say what they wait for', async () => {
    await enable(cluster)
    await cluster.client.create(virtualMachineBackupTrackers, tracker)
    await until(
      'the gate is on',
      () =>
        cluster.client.create(virtualMachineBackups, backupOf('first')).then(
          () => true,
          () => false,
        ),
      (made) => made,
    )
    const waits = async (message: string): Promise<void> => {
      await until(
        message,
        () => cluster.find(virtualMachineBackups, 'first'),
        (found) => getCondition(found?.status?.conditions, 'Progressing')?.message === message,
      )
    }
    await waits('VM default/db doesnt exist')
    await cluster.client.create(virtualMachines, { ...tracked(), spec: { ...tracked().spec, runStrategy: 'Manual' } })
    await waits('vm db is not running, cannot do backup')
    await cluster.act('db', 'start')
    await cluster.running('db')
    await waits('PVC default/backups doesnt exist')
  })

  it('begin with everything, and leave a checkpoint', async () => {
    await cluster.client.create(persistentVolumeClaims, claim)
    const done = await over('first')
    expect(done.status).toMatchObject({ type: 'Full', includedVolumes: [{ volumeName: 'root' }] })
    const latest = (await cluster.find(virtualMachineBackupTrackers, 'daily'))?.status?.latestCheckpoint
    expect(latest).toMatchObject({ name: done.status?.checkpointName, volumes: [{ volumeName: 'root' }] })
    expect(await files()).toEqual([`db/${latest?.name ?? ''}/first-root.qcow2`])
    expect((await cluster.machine('db'))?.status?.changedBlockTracking).toEqual({ state: 'Enabled' })
    expect((await cluster.instance('db'))?.status?.changedBlockTracking).toEqual({ state: 'Enabled' })
  })

  it('go on from there', async () => {
    await cluster.client.create(virtualMachineBackups, backupOf('second'))
    const done = await over('second')
    expect(done.status).toMatchObject({ type: 'Incremental' })
    // The checkpoint before is counted no longer.
    await counted([done.status?.checkpointName ?? ''])
  })

  it('take everything again when nobody knows what changed', async () => {
    const latest = (await cluster.find(virtualMachineBackupTrackers, 'daily'))?.status?.latestCheckpoint?.name ?? ''
    await cluster.domain(await cluster.running('db')).removeBitmap({ disks: ['root'], name: latest })
    await cluster.client.create(virtualMachineBackups, backupOf('third'))
    const done = await over('third')
    expect(done.status?.type).toBe('Full')
    expect(state(done, 'Complete')).toBe('CompletedWithWarning')
    expect(getCondition(done.status?.conditions, 'Complete')?.message).toContain(`checkpoint ${latest} is lost`)
  })

  it('may have names as long as names can be', async () => {
    const name = 'b'.repeat(253)
    await cluster.client.create(virtualMachineBackups, backupOf(name))
    const done = await over(name)
    expect(state(done, 'Complete')).toBe('Completed')
    expect(done.status?.checkpointName).toMatch(/^b+-[0-9a-f]{8}-\d{4}-[-_0-9]+$/)
    await counted([done.status?.checkpointName ?? ''])
    const [file = ''] = (await files()).filter((path) => path.includes('bbbb'))
    const [machine, folder = '', image = ''] = file.split('/')
    expect(machine).toBe('db')
    expect(folder).toMatch(/^b{200,}-[0-9a-f]{8}-\d{4}-[-_0-9]+$/)
    expect(image).toMatch(/^b{200,}-[0-9a-f]{8}-root\.qcow2$/)
    expect([folder.length, image.length]).toEqual([255, 255])
  })

  it('without a tracker leave no checkpoint', async () => {
    await cluster.client.create(virtualMachineBackups, backupOf('single', { source: machineSource, skipQuiesce: true }))
    const done = await over('single')
    expect(done.status?.checkpointName).toBeUndefined()
    expect(state(done, 'Quiesced')).toBe('QuiesceSkipped')
  })

  describe('that are pulled', () => {
    const pulled = { mode: 'Pull', pvcName: 'scratch', tokenSecretRef: 'token' } as const

    const ready = (name: string, than?: string): Promise<VirtualMachineBackup> =>
      until(
        `backup ${name} can be pulled`,
        () => cluster.client.get(virtualMachineBackups, { namespace, name }),
        (found) => state(found, 'Progressing') === 'ExportReady' && found.status?.exportUID !== than,
      )

    async function expectNothingLeft(name: string): Promise<void> {
      await cluster.gone(virtualMachineExports, name)
      const found = await cluster.find(persistentVolumeClaims, 'scratch')
      if (found === undefined) throw new Error('the claim is gone')
      expect(await readdir(filesFolderOf(cluster.engine.services, found))).toEqual([])
      expect(cluster.engine.services.pulls.size).toBe(0)
    }

    it('need a token, and a time that is one', async () => {
      const { tokenSecretRef: _token, ...without } = pulled
      await expect(cluster.client.create(virtualMachineBackups, backupOf('bare', without))).rejects.toThrow(
        'tokenSecretRef is required when mode is Pull',
      )
      const soon = backupOf('soon', { ...pulled, ttlDuration: 'soon' })
      await expect(cluster.client.create(virtualMachineBackups, soon)).rejects.toThrow('spec.ttlDuration')
    })

    it('need as much room as the guest can overwrite', async () => {
      const small = { ...claim, metadata: { name: 'small', namespace }, spec: { ...claim.spec } }
      small.spec.resources = { requests: { storage: '8Mi' } }
      await cluster.client.create(persistentVolumeClaims, small)
      await cluster.client.create(virtualMachineBackups, backupOf('tight', { ...pulled, pvcName: 'small' }))
      const done = await over('tight')
      expect(getCondition(done.status?.conditions, 'Failed')?.message).toContain('the backup needs more')
      expect(await cluster.find(virtualMachineExports, 'tight')).toBeUndefined()
    })

    it('say where, through an export of their own, until they are deleted', async () => {
      await cluster.client.create(persistentVolumeClaims, { ...claim, metadata: { name: 'scratch', namespace } })
      await cluster.client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'token', namespace },
        data: { token: Buffer.from('t').toString('base64') },
      })
      await cluster.client.create(virtualMachineBackups, backupOf('pulled', pulled))
      const { status, metadata } = await ready('pulled')
      const exported = await cluster.client.get(virtualMachineExports, { namespace, name: 'pulled' })
      const base = `/api/export.kubevirt.io/v1/namespaces/default/virtualmachineexports/pulled/exports/root`
      expect(status).toMatchObject({
        type: 'Incremental',
        exportUID: exported.metadata.uid,
        endpointCert: exported.status?.links?.external?.cert,
        includedVolumes: [
          {
            volumeName: 'root',
            dataEndpoint: expect.stringContaining(`${base}/data`),
            mapEndpoint: expect.stringContaining(`${base}/map`),
          },
        ],
      })
      expect(state({ ...backupOf('pulled'), status }, 'Quiesced')).toBe('QuiesceSucceeded')
      expect(exported.metadata.ownerReferences).toMatchObject([{ kind: 'VirtualMachineBackup', uid: metadata.uid }])
      expect(exported.spec).toMatchObject({ tokenSecretRef: 'token', ttlDuration: expect.stringMatching(/^\d+s$/) })
      expect(exported.status?.conditions).toMatchObject([
        { type: 'Ready', status: 'True', reason: 'VirtualMachineBackupReady' },
      ])

      const { apiVersion, kind, spec } = exported
      await cluster.client.create(virtualMachineExports, {
        apiVersion,
        kind,
        metadata: { name: 'own', namespace },
        spec,
      })
      await until(
        'an export of somebody else does not open it',
        () => cluster.find(virtualMachineExports, 'own'),
        (own) =>
          getCondition(own?.status?.conditions, 'Ready')?.message === 'VMBackup is pulled through another export',
      )
      await cluster.client.delete(virtualMachineExports, { namespace, name: 'own' })

      await cluster.client.delete(virtualMachineExports, { namespace, name: 'pulled' })
      await ready('pulled', status?.exportUID)

      await cluster.client.delete(virtualMachineBackups, { namespace, name: 'pulled' })
      await cluster.gone(virtualMachineBackups, 'pulled')
      const latest = (await cluster.find(virtualMachineBackupTrackers, 'daily'))?.status?.latestCheckpoint
      expect(latest).toMatchObject({ name: status?.checkpointName, volumes: [{ volumeName: 'root' }] })
      await counted([latest?.name ?? ''])
      await expectNothingLeft('pulled')
      expect((await cluster.instance('db'))?.status?.changedBlockTracking).toEqual({ state: 'Enabled' })
    })

    it('are complete when their time is over', async () => {
      const made = await cluster.client.create(
        virtualMachineBackups,
        backupOf('timed', { ...pulled, ttlDuration: '2s' }),
      )
      const done = await over('timed')
      expect(state(done, 'Complete')).toBe('Completed')
      expect(done.status?.includedVolumes).toEqual([{ volumeName: 'root' }])
      expect(Date.now() - Date.parse(made.metadata.creationTimestamp ?? '')).toBeGreaterThanOrEqual(2000)
      await counted([done.status?.checkpointName ?? ''])
      await expectNothingLeft('timed')
    })

    it('fail when their machine stops, and take nothing from the next', async () => {
      const before = (await cluster.find(virtualMachineBackupTrackers, 'daily'))?.status?.latestCheckpoint?.name
      await cluster.client.create(virtualMachineBackups, backupOf('stopped', pulled))
      await ready('stopped')
      const first = await cluster.running('db')
      await cluster.act('db', 'restart')
      const done = await over('stopped')
      expect(['Failed', 'SourceLost', 'SourceUnhealthy']).toContain(state(done, 'Failed'))
      await expectNothingLeft('stopped')
      await until(
        'it runs again',
        () => cluster.instance('db'),
        (found) => found?.status?.phase === 'Running' && found.metadata.uid !== first.metadata.uid,
      )
      await cluster.client.create(virtualMachineBackups, backupOf('next', { ...pulled, ttlDuration: '1s' }))
      const next = await over('next')
      expect(next.status?.conditions?.map(({ message }) => message)).toContain(
        'Successfully completed VirtualMachineBackup',
      )
      expect(next.status?.type).toBe('Incremental')
      await counted([next.status?.checkpointName ?? ''])
      expect(before).not.toBe(next.status?.checkpointName)
    })
  })

  it('keep their claim from being taken for a disk', async () => {
    const found = await cluster.find(persistentVolumeClaims, 'backups')
    expect(found === undefined ? false : keepsFiles(found)).toBe(true)
    await cluster.create(
      machineOf('thief', {
        spec: {
          domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'a', disk: {} }] } },
          volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'backups' } }],
        },
      }),
    )
    await until(
      'the machine says why it does not start',
      () => cluster.instance('thief'),
      (instance) =>
        (instance?.status?.conditions ?? []).some(
          ({ message }) => message?.includes('keeps files, not a disk') === true,
        ),
    )
    await cluster.client.delete(virtualMachines, { namespace, name: 'thief' })
  })

  it('to a disk of a machine fail, and leave the disk alone', async () => {
    await cluster.client.create(virtualMachineBackups, backupOf('wrong', { source: machineSource, pvcName: 'db' }))
    const done = await over('wrong')
    expect(getCondition(done.status?.conditions, 'Failed')?.message).toContain('is a disk of "db"')
  })

  it('that have begun and are not under way have failed, however much was written: the engine ended in the middle', async () => {
    const found = await cluster.find(persistentVolumeClaims, 'backups')
    if (found === undefined) throw new Error('the claim is gone')
    const folder = filesFolderOf(cluster.engine.services, found)
    const before = (await readdir(folder, { recursive: true })).toSorted()
    for (const [name, inPart] of [
      ['cut', true],
      ['unsaid', false],
    ] as const) {
      const source = { ...trackerSource, name: `none-${name}` }
      await cluster.engine.client.create(virtualMachineBackups, backupOf(name, { source }))
      const waiting = await until(
        'the backup waits for its tracker',
        () => cluster.find(virtualMachineBackups, name),
        (backup) => state(backup, 'Progressing') === 'Initializing',
      )
      const { uid = '', creationTimestamp: startedAt = '' } = waiting.metadata
      const { partial, final } = backupFiles(folder, { backup: name, uid, machine: 'db', startedAt })
      const written = inPart ? partial : final
      await mkdir(written)
      await writeFile(join(written, `${name}-root.qcow2`), 'written')
      // As it is between the first word about it and the last; whoever looks first, no process has a run of it.
      await cluster.engine.client.updateStatus(virtualMachineBackups, {
        ...waiting,
        status: { ...waiting.status, type: 'Full' },
      })
    }
    await cluster[Symbol.asyncDispose]()
    cluster = await TestEngine.start({ dataDir })
    for (const name of ['cut', 'unsaid']) {
      const done = await over(name)
      expect(getCondition(done.status?.conditions, 'Failed')?.message).toContain(
        'the engine was stopped during the backup',
      )
    }
    expect((await readdir(folder, { recursive: true })).toSorted()).toEqual(before)
  })

  it('that a tracker builds on are whole, though the engine ended before it said so', async () => {
    const found = await cluster.find(persistentVolumeClaims, 'backups')
    if (found === undefined) throw new Error('the claim is gone')
    const source = { ...trackerSource, name: 'of-nobody' }
    const made = await cluster.engine.client.create(virtualMachineBackupTrackers, {
      ...tracker,
      metadata: { name: 'of-nobody', namespace },
      spec: { source: { ...machineSource, name: 'nobody' } },
    })
    await cluster.engine.client.create(virtualMachineBackups, backupOf('unheard', { source }))
    const waiting = await until(
      'the backup waits for its machine',
      () => cluster.find(virtualMachineBackups, 'unheard'),
      (backup) => state(backup, 'Progressing') === 'Initializing',
    )
    const { uid = '', creationTimestamp = '' } = waiting.metadata
    const named = { backup: 'unheard', uid, machine: 'nobody', startedAt: creationTimestamp }
    const { final } = backupFiles(filesFolderOf(cluster.engine.services, found), named)
    await mkdir(final, { recursive: true })
    await writeFile(join(final, 'unheard-root.qcow2'), 'written')
    // As it is between the tracker's word and its own.
    const name = checkpointOf(waiting.metadata)
    const volumes = [{ volumeName: 'root' }]
    await cluster.engine.client.updateStatus(virtualMachineBackupTrackers, {
      ...made,
      status: { latestCheckpoint: { name, creationTime: creationTimestamp, volumes } },
    })
    await cluster.engine.client.updateStatus(virtualMachineBackups, {
      ...waiting,
      status: { ...waiting.status, type: 'Incremental' },
    })
    const done = await over('unheard')
    expect(state(done, 'Complete')).toBe('Completed')
    expect(done.status).toMatchObject({ type: 'Incremental', checkpointName: name, includedVolumes: volumes })
    expect((await files()).some((path) => path.endsWith('/unheard-root.qcow2'))).toBe(true)
  })

  it('leave nothing that counts when their tracker is gone, whether the machine ran meanwhile or not', async () => {
    await cluster.client.create(virtualMachineBackups, backupOf('again'))
    const { status } = await over('again')
    await counted([status?.checkpointName ?? ''])
    await cluster.client.delete(virtualMachineBackupTrackers, { namespace, name: 'daily' })
    await counted([])
    await cluster.domain(await cluster.running('db')).addBitmap({ disks: ['root'], name: 'left' })
    await cluster.act('db', 'restart')
    await counted([])
  })

  it('can be deleted when they are over', async () => {
    await cluster.client.delete(virtualMachineBackups, { namespace, name: 'first' })
    await cluster.gone(virtualMachineBackups, 'first')
    expect((await files()).some((path) => join(path).includes('first-root'))).toBe(true)
  })
})
