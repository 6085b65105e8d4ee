import type { JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { told } from '../testing/causes.ts'
import type { DataVolumeSpec } from '../types/data-volume.ts'
import { validateDataVolumeSpec } from './data-volume.ts'

const storage = { resources: { requests: { storage: '1Gi' } } }

/** A spec from plain JSON, as clients send it: the point is what types would not let us write. */
function causes(spec: JsonObject): string[] {
  const whole: unknown = { storage, ...spec }
  return validateDataVolumeSpec(whole as DataVolumeSpec).map(told)
}

const registry = (more: JsonObject) => ({ source: { registry: more } })
const at = 'Invalid spec.source'

describe('sources of a DataVolume', () => {
  it.each<[string, JsonObject, string[]]>([
    ['an image', registry({ url: 'docker://registry.example/fedora:41' }), []],
    ['a disk of another claim, without a size', { source: { pvc: { name: 'a', namespace: 'b' } }, storage: {} }, []],
    ['a volume that a populator fills', { storage: { ...storage, dataSourceRef: { kind: 'X', name: 'x' } } }, []],
    [
      'two ways to fill it',
      { source: { blank: {} }, storage: { ...storage, dataSource: { kind: 'X', name: 'x' } } },
      [`${at}: External population is incompatible with Source and SourceRef`],
    ],
    [
      'another content',
      { source: { blank: {} }, contentType: 'tape' },
      ['Invalid spec.contentType: ContentType not one of: kubevirt, archive'],
    ],
    [
      'a blank archive',
      { source: { blank: {} }, contentType: 'archive' },
      ['Invalid spec.contentType: SourceType cannot be blank and the contentType be archive'],
    ],
    [
      'an archive from a registry',
      { ...registry({ url: 'docker://x' }), contentType: 'archive' },
      ['Invalid spec.contentType: ContentType must be kubevirt when Source is Registry'],
    ],
    ['no image', registry({}), [`${at}.Registry: Source registry should have either URL or ImageStream`]],
    ['a page', registry({ url: 'https://x' }), [`${at}.Registry.URL: Illegal registry source URL scheme https://x`]],
    [
      'another way to pull',
      registry({ url: 'docker://x', pullMethod: 'post' }),
      [`${at}.Registry.importMethod: ImportMethod post is neither pod, node or ""`],
    ],
    [
      'a stream pulled by a pod',
      registry({ imageStream: 's' }),
      [`${at}.Registry.importMethod: Source registry ImageStream is supported only with node pull import method`],
    ],
    [
      'a claim without a name',
      { source: { pvc: { name: '', namespace: 'b' } } },
      [`${at}.PVC: spec.source.PVC source PVC is not valid`],
    ],
    [
      'a reference without a kind',
      { sourceRef: { kind: '', name: 'x' } },
      ['Invalid spec.sourceRef.Kind: Missing sourceRef kind'],
    ],
    [
      'a URL and a checksum',
      { source: { http: { url: 'ftp://x/y', checksum: 'crc32:0' } } },
      [
        `${at}.HTTP.url: spec.source Invalid source URL scheme: ftp://x/y`,
        `${at}.HTTP.checksum: Invalid checksum format: unsupported hash algorithm 'crc32': supported algorithms are: md5, sha1, sha256, sha512`,
      ],
    ],
    [
      'a short checksum',
      { source: { http: { url: 'https://x/y', checksum: 'md5:0' } } },
      [`${at}.HTTP.checksum: Invalid checksum format: invalid md5 hash length: expected 32 hex characters, got 1`],
    ],
    ['a bucket', { source: { gcs: { url: '' } } }, [`${at}.GCS.url: spec.source source URL is empty`]],
  ])('%s', (_what, spec, expected) => {
    expect(causes(spec)).toEqual(expected)
  })
})
