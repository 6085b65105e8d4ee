import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ImagingError } from '../errors.ts'
import { parseManifest, type Manifest } from './manifest.ts'
import { choosePlatform } from './platform.ts'

const digest = `sha256:${'0'.repeat(64)}`
const other = `sha256:${'1'.repeat(64)}`
const blob = { mediaType: 'x', digest, size: 1 }
const parse = (value: unknown): Manifest => parseManifest(Buffer.from(JSON.stringify(value)), 'it')

describe('parseManifest', () => {
  it('reads images and indexes, of OCI and of Docker alike', () => {
    expect(parse({ config: blob, layers: [blob] })).toEqual({ kind: 'image', config: blob, layers: [blob] })
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' }
    expect(parse({ manifests: [{ ...blob, platform: { ...platform, 'os.version': '1' } }] })).toEqual({
      kind: 'index',
      manifests: [{ ...blob, platform }],
    })
  })

  it.each<[string, unknown, RegExp]>([
    ['the format of 2015', { schemaVersion: 1, fsLayers: [] }, /schema 1/],
    ['what is neither', {}, /neither layers nor manifests/],
    ['a list', [], /not an object/],
    ['no configuration', { layers: [] }, /descriptor is missing/],
    ['a wrong digest', { config: { ...blob, digest: 'sha256:../../x' }, layers: [] }, /digest/],
    ['a negative size', { config: { ...blob, size: -1 }, layers: [] }, /size/],
    ['an endless size', { config: { ...blob, size: 1e300 }, layers: [] }, /size/],
    ['too many layers', { config: blob, layers: Array.from({ length: 501 }, () => blob) }, /layers/],
    [
      'layers from elsewhere',
      {
        config: blob,
        layers: [
          { ...blob, mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', urls: ['http://x'] },
        ],
      },
      /outside/,
    ],
    ['encrypted layers', { config: blob, layers: [{ ...blob, mediaType: 'layer.tar+encrypted' }] }, /encrypted/],
  ])('refuses %s', (_what, value, message) => {
    expect(() => parse(value)).toThrow(message)
  })

  it('answers any JSON and any bytes with a manifest or an error of its own', () => {
    const object = fc.record(
      { schemaVersion: fc.jsonValue(), layers: fc.jsonValue(), manifests: fc.jsonValue(), config: fc.jsonValue() },
      { requiredKeys: [] },
    )
    const bytes = fc.oneof(
      object.map((value) => Buffer.from(JSON.stringify(value))),
      fc.uint8Array(),
    )
    fc.assert(
      fc.property(bytes, (content) => {
        try {
          expect(['image', 'index']).toContain(parseManifest(content, 'it').kind)
        } catch (error) {
          expect(error).toBeInstanceOf(ImagingError)
        }
      }),
    )
  })
})

describe('choosePlatform', () => {
  const entry = (os: string, architecture: string, variant?: string): object => ({
    ...blob,
    platform: { os, architecture, variant },
  })
  const choose = (architecture: string, ...manifests: object[]): string => {
    const index = parse({ manifests })
    return index.kind === 'index' ? choosePlatform(index, architecture, 'it').digest : ''
  }

  it('takes the one for Linux and the architecture', () => {
    expect(choose('amd64', entry('windows', 'amd64'), { ...entry('linux', 'amd64'), digest: other })).toBe(other)
    expect(choose('arm64', entry('linux', 'arm64', 'v9'), { ...entry('linux', 'arm64', 'v8'), digest: other })).toBe(
      other,
    )
  })

  it('takes the only one when it does not say for whom it is', () => {
    expect(choose('amd64', blob)).toBe(digest)
  })

  it('says what there is when nothing fits', () => {
    expect(() => choose('amd64', entry('unknown', 'unknown'), entry('linux', 's390x'))).toThrow(
      expect.objectContaining({
        code: 'NotFound',
        message: 'it: no match for platform linux/amd64 in manifest',
        remedy: 'It is there for unknown/unknown, linux/s390x.',
      }),
    )
  })
})
