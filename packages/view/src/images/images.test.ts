import type { DataImportCron, DataSource, DataVolume, ImageBuild, VirtualMachine } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { buildRow } from './build-row.ts'
import { freshRow } from './fresh-row.ts'
import { deletionOfImage, deletionsOfGroup } from './image-deletion.ts'
import { imageGroups, isRetired, type ImageRow } from './image-row.ts'
import { imageRows, type ImageParts } from './image-rows.ts'
import { buildName, buildPlace, isImageName, newFresh, newImage, publishedCopy, retirement } from './image-wishes.ts'
import { scheduleWords } from './schedule-words.ts'

const cdi = 'cdi.kubevirt.io/v1beta1'
const labels = (version?: number): Record<string, string> => ({
  'berth.dev/image': 'web',
  ...(version === undefined ? {} : { 'berth.dev/image-version': String(version) }),
})

function source(
  name: string,
  more: { labels?: Record<string, string>; annotations?: Record<string, string>; pvc?: string } = {},
): DataSource {
  const { pvc, ...metadata } = more
  return {
    apiVersion: cdi,
    kind: 'DataSource',
    metadata: { name, namespace: 'ns', ...metadata },
    spec: { source: pvc === undefined ? {} : { pvc: { name: pvc, namespace: 'ns' } } },
  }
}

function disk(
  name: string,
  more: { phase?: string; spec?: Partial<DataVolume['spec']>; labels?: Record<string, string>; error?: string } = {},
): DataVolume {
  const { phase = 'Succeeded', spec, labels: own, error } = more
  return {
    apiVersion: cdi,
    kind: 'DataVolume',
    metadata: { name, namespace: 'ns', ...(own === undefined ? {} : { labels: own }) },
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } }, ...spec },
    status: {
      phase: phase as 'Succeeded',
      progress: '40.0%',
      ...(error === undefined
        ? {}
        : { conditions: [{ type: 'Running', status: 'False', reason: 'Error', message: error }] }),
    },
  }
}

function machine(name: string, spec: Partial<VirtualMachine['spec']> = {}, claim?: string): VirtualMachine {
  const volumes = claim === undefined ? [] : [{ name: 'root', persistentVolumeClaim: { claimName: claim } }]
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'ns' },
    spec: { template: { spec: { domain: { devices: {} }, volumes } }, ...spec },
  }
}

const two: ImageParts = {
  cluster: 'c',
  dataSources: [
    source('web', { labels: labels(), pvc: 'web-v2' }),
    source('web-v1', { labels: labels(1), pvc: 'web-v1' }),
    source('web-v2', { labels: labels(2), pvc: 'web-v2' }),
  ],
  dataVolumes: [disk('web-v1', { labels: labels(1) }), disk('web-v2', { labels: labels(2) })],
}
const from = (name: string): Partial<DataVolume['spec']> => ({ sourceRef: { kind: 'DataSource', name } })

function rowOf(parts: ImageParts, name: string): ImageRow {
  const row = imageRows(parts).find((each) => each.name === name)
  if (row === undefined) throw new Error(`no row ${name}`)
  return row
}

describe('rows of images', () => {
  it('are versions of one image, newest first, with the one its name stands for', () => {
    const [group, ...others] = imageGroups(imageRows(two))
    expect(others).toEqual([])
    expect(group).toMatchObject({ image: 'web', head: { name: 'web', follows: 'web-v2' } })
    expect(group?.versions.map(({ name, current }) => [name, current])).toEqual([
      ['web-v2', true],
      ['web-v1', false],
    ])
  })

  it.each<[string, DataSource, DataVolume[], object]>([
    ['its host', source('deb'), [], { kind: 'host' }],
    [
      'a build',
      source('a', { pvc: 'a', annotations: { 'berth.dev/image-build': 'ns/b' } }),
      [],
      { kind: 'build', name: 'ns/b' },
    ],
    [
      'a file',
      source('a', { pvc: 'a', annotations: { 'berth.dev/from-file': 'a.qcow2' } }),
      [],
      { kind: 'upload', name: 'a.qcow2' },
    ],
    [
      'a copy',
      source('a', { pvc: 'a', annotations: { 'berth.dev/image-copy-of': 'x/a' } }),
      [],
      { kind: 'copy', name: 'x/a' },
    ],
    [
      'an address, without what is secret in it',
      source('a', { pvc: 'a' }),
      [disk('a', { spec: { source: { http: { url: 'https://u:p@h/a.img?token=1' } } } })],
      { kind: 'import', name: 'https://h/a.img' },
    ],
    [
      'a snapshot',
      source('a', { pvc: 'a', annotations: { 'berth.dev/image-source': 'x/s' } }),
      [disk('a', { spec: { source: { snapshot: { namespace: 'x', name: 's' } } } })],
      { kind: 'snapshot', name: 'x/s' },
    ],
    [
      'a disk that it was made of',
      source('a', { pvc: 'a', annotations: { 'berth.dev/image-source': 'x/d' } }),
      [disk('a', { spec: { source: { pvc: { namespace: 'x', name: 'd' } } } })],
      { kind: 'disk', name: 'x/d' },
    ],
    ['a disk', source('a', { pvc: 'data' }), [disk('data')], { kind: 'disk', name: 'ns/data' }],
  ])('say that it is from %s', (_what, object, disks, origin) => {
    expect(
      rowOf({ cluster: 'c', dataSources: [object], dataVolumes: disks }, object.metadata.name ?? '').origin,
    ).toEqual(origin)
  })

  it('say how it does: filled, in trouble, without its disk', () => {
    const state = (volume: DataVolume): object => {
      const {
        state: word,
        progress,
        reason,
      } = rowOf({ cluster: 'c', dataSources: [source('a', { pvc: 'a' })], dataVolumes: [volume] }, 'a')
      return { word, progress, reason }
    }
    expect(state(disk('a', { phase: 'ImportInProgress' }))).toEqual({
      word: 'filling',
      progress: 0.4,
      reason: undefined,
    })
    expect(state(disk('a', { phase: 'ImportInProgress', error: 'no such host' }))).toMatchObject({
      word: 'trouble',
      reason: 'no such host',
    })
    expect(state(disk('a'))).toMatchObject({ word: 'ready' })
    const lost = {
      ...source('a', { pvc: 'a' }),
      status: {
        conditions: [{ type: 'Ready', status: 'False' as const, reason: 'NotFound', message: 'PVC not found' }],
      },
    }
    expect(rowOf({ cluster: 'c', dataSources: [lost], dataVolumes: [] }, 'a')).toMatchObject({
      state: 'missing',
      reason: 'PVC not found',
    })
  })

  it('know the disks and machines that use it, those that are yet to be made too; its own copies are none', () => {
    const parts: ImageParts = {
      ...two,
      dataVolumes: [
        ...two.dataVolumes,
        disk('db', { spec: from('web-v1') }),
        disk('copy', { spec: from('web-v1'), labels: labels(1) }),
      ],
      machines: [
        machine('db', {}, 'db'),
        machine('later', {
          dataVolumeTemplates: [
            { metadata: { name: 'later-root' }, spec: { sourceRef: { kind: 'DataSource', name: 'web-v1' } } },
          ],
        }),
      ],
    }
    expect(rowOf(parts, 'web-v1').users).toEqual([
      { namespace: 'ns', name: 'db', filling: false, planned: false, machines: ['db'] },
      { namespace: 'ns', name: 'later-root', filling: false, planned: true, machines: ['later'] },
    ])
    expect(rowOf(parts, 'web-v2').userCount).toBe(0)
  })

  it('are retired when nothing of the image is offered any more', () => {
    const retired = (...names: string[]): boolean | undefined =>
      imageGroups(
        imageRows({
          ...two,
          dataSources: two.dataSources.map((each) =>
            names.includes(each.metadata.name ?? '')
              ? {
                  ...each,
                  metadata: {
                    ...each.metadata,
                    labels: { ...each.metadata.labels, 'berth.dev/image-retired': 'true' },
                  },
                }
              : each,
          ),
        }),
      ).map(isRetired)[0]
    expect(retired('web-v1')).toBe(false)
    expect(retired('web', 'web-v1', 'web-v2')).toBe(true)
  })
})

describe('deleting an image', () => {
  const head = rowOf(two, 'web')
  it('takes the disk that was made for it, and leaves what was made from it', () => {
    const used = { ...two, dataVolumes: [...two.dataVolumes, disk('db', { spec: from('web-v1') })] }
    expect(deletionOfImage(rowOf(used, 'web-v1'), head)).toEqual({
      parts: [
        { part: 'disk-goes', disk: 'web-v1', bytes: 2 ** 30 },
        { part: 'users-stay', count: 1 },
      ],
      disk: 'goes',
    })
  })

  it('leaves a disk that was there before, and asks; one that a machine uses stays in any case', () => {
    const parts: ImageParts = { cluster: 'c', dataSources: [source('a', { pvc: 'data' })], dataVolumes: [disk('data')] }
    expect(deletionOfImage(rowOf(parts, 'a'))).toEqual({ parts: [{ part: 'disk-stays', disk: 'data' }], disk: 'asked' })
    const used = { ...parts, machines: [machine('db', {}, 'data')] }
    expect(deletionOfImage(rowOf(used, 'a'))).toEqual({
      parts: [{ part: 'disk-in-use', disk: 'data', machine: 'db' }],
      disk: 'stays',
    })
  })

  it.each<[string, ImageParts, string, object]>([
    ['the version its name stands for', two, 'web-v2', { part: 'stands-for', image: 'web' }],
    [
      'one of the host',
      { cluster: 'c', dataSources: [source('deb')], dataVolumes: [] },
      'deb',
      { part: 'of-host', name: 'deb' },
    ],
    [
      'one that is being copied',
      { ...two, dataVolumes: [...two.dataVolumes, disk('db', { spec: from('web-v1'), phase: 'CloneInProgress' })] },
      'web-v1',
      { part: 'being-copied', disk: 'ns/db' },
    ],
    [
      'one that is kept fresh',
      {
        cluster: 'c',
        dataSources: [source('f', { labels: { 'cdi.kubevirt.io/dataImportCron': 'f' } })],
        dataVolumes: [],
        crons: [cron()],
      },
      'f',
      { part: 'kept-fresh', schedule: 'f' },
    ],
  ])('is refused for %s', (_what, parts, name, refused) => {
    expect(deletionOfImage(rowOf(parts, name), head).refused).toEqual(refused)
  })

  it('with all its versions begins with the name', () => {
    const [group] = imageGroups(imageRows(two))
    const names =
      group === undefined
        ? []
        : deletionsOfGroup(group).map(({ row, deletion: { refused, disk: what } }) => [row.name, refused, what])
    expect(names).toEqual([
      ['web', undefined, 'stays'],
      ['web-v2', undefined, 'goes'],
      ['web-v1', undefined, 'goes'],
    ])
  })
})

function cron(more: Partial<DataImportCron> = {}): DataImportCron {
  const wish = {
    namespace: 'ns',
    name: 'f',
    image: 'f',
    schedule: '0 3 * * *',
    keep: 2,
    size: '1Gi',
    takesAlong: false,
    source: { kind: 'registry' as const, url: 'r.example/f:1' },
  }
  return { ...newFresh(wish), ...more }
}

describe('a schedule', () => {
  const disks = [
    disk('f-1', {
      labels: { 'cdi.kubevirt.io/dataImportCron': 'f' },
      phase: 'ImportInProgress',
      error: 'no such image',
    }),
  ]
  it.each<[string, Partial<DataImportCron>, DataVolume[], object]>([
    ['waits for its first look', {}, [], { state: 'waiting' }],
    [
      'could not look',
      { status: { conditions: [{ type: 'UpToDate', status: 'False', reason: 'NoDigest', message: 'refused' }] } },
      [],
      { state: 'trouble', reason: 'refused' },
    ],
    [
      'can not import',
      { status: { currentImports: [{ dataVolumeName: 'f-1', digest: 'd' }] } },
      disks,
      { state: 'trouble', reason: 'no such image' },
    ],
    [
      'is up to date',
      { status: { conditions: [{ type: 'UpToDate', status: 'True', reason: 'UpToDate' }] } },
      [],
      { state: 'fresh' },
    ],
  ])('%s', (_what, more, all, expected) => {
    expect(freshRow('c', cron(more), all)).toMatchObject({
      image: 'f',
      from: 'docker://r.example/f:1',
      keep: 2,
      ...expected,
    })
  })

  it.each([
    ['', { kind: 'never' }],
    ['@daily', { kind: 'daily', time: '00:00' }],
    ['5 * * * *', { kind: 'hourly', minute: 5 }],
    ['0 */6 * * *', { kind: 'everyHours', hours: 6 }],
    ['30 3 * * *', { kind: 'daily', time: '03:30' }],
    ['0 3 * * 7', { kind: 'weekly', day: 0, time: '03:00' }],
    ['0 3 1 * *', { kind: 'monthly', day: 1, time: '03:00' }],
    ['0 3 * * 1-5', { kind: 'cron', schedule: '0 3 * * 1-5' }],
    ['nonsense', { kind: 'cron', schedule: 'nonsense' }],
  ])('%j has words', (text, words) => {
    expect(scheduleWords(text)).toEqual(words)
  })
})

describe('what is asked for', () => {
  it('is a disk, the version that names it, and the name that follows', () => {
    const {
      disk: made,
      version,
      head,
    } = newImage({
      namespace: 'ns',
      image: 'web',
      version: 3,
      size: '2Gi',
      source: { kind: 'http', url: 'https://u:p@h/x.img' },
    })
    expect([made.metadata.name, version.metadata.name, head.metadata.name]).toEqual(['web-v3', 'web-v3', 'web'])
    expect(head.spec).toEqual(version.spec)
    expect(version.metadata.annotations).toEqual({
      'berth.dev/image-source': 'https://h/x.img',
      'berth.dev/disk-size': '2Gi',
    })
    const rows = imageRows({ cluster: 'c', dataSources: [version, head], dataVolumes: [made] })
    expect(imageGroups(rows)).toMatchObject([
      { head: { name: 'web', state: 'filling' }, versions: [{ version: 3, current: true, disk: { own: true } }] },
    ])
  })

  it('is a copy that says of what', () => {
    const { disk: made, version } = publishedCopy(rowOf(two, 'web-v1'), { namespace: 'all', version: 1 })
    expect(made.spec).toEqual({ sourceRef: { kind: 'DataSource', namespace: 'ns', name: 'web-v1' }, storage: {} })
    expect(version.metadata.annotations).toEqual({ 'berth.dev/image-copy-of': 'ns/web-v1' })
  })

  it('is named so that all that follows from it has a name', () => {
    expect(['web', 'a'.repeat(40)].every(isImageName)).toBe(true)
    expect(['', 'Web', 'web-', 'a'.repeat(41), 'a.b'].some(isImageName)).toBe(false)
    expect(buildName('a'.repeat(40), 'x7k2p')).toHaveLength(44)
    expect(buildPlace('berth-images')).toEqual({ namespace: 'berth-image-builds', publish: 'berth-images' })
    expect(buildPlace('team')).toEqual({ namespace: 'team' })
    expect(retirement(false)).toEqual({ metadata: { labels: { 'berth.dev/image-retired': null } } })
  })
})

it('a build says how far it is', () => {
  const build: ImageBuild = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'ImageBuild',
    metadata: { name: 'b', namespace: 'ns' },
    spec: { from: { pvc: { name: 'x' } }, publish: { name: 'web', namespace: 'all' }, cancel: true },
    status: { phase: 'Customising', step: '1/2 install packages', progress: '50%' },
  }
  expect(buildRow('c', build)).toMatchObject({
    image: 'web',
    target: 'all',
    over: false,
    cancelling: true,
    progress: 0.5,
  })
  expect(buildRow('c', { ...build, status: { phase: 'Failed', message: 'no' } })).toMatchObject({
    over: true,
    tone: 'attention',
    cancelling: false,
  })
})
