/** Admission of where a DataVolume's content comes from. */

import type { StatusCause } from '@berth/meta'
import type { DataVolumeSource, DataVolumeSpec } from '../types/data-volume.ts'
import { invalidField } from './cause.ts'

const digestLengths: Record<string, number> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 }
const maxUrl = 4096

/** Of the one source that is set. */
export function sourceCauses({ source, contentType }: DataVolumeSpec, field: string): StatusCause[] {
  if (source === undefined) return []
  // The schema leaves it free; an empty one is none.
  const kind: string = contentType ?? ''
  const at = `${field}.source`
  if (kind !== '' && kind !== 'kubevirt' && kind !== 'archive') {
    return [invalidField(`${field}.contentType`, 'ContentType not one of: kubevirt, archive')]
  }
  if (source.blank !== undefined && kind === 'archive') {
    return [invalidField(`${field}.contentType`, 'SourceType cannot be blank and the contentType be archive')]
  }
  if (source.registry !== undefined && kind === 'archive') {
    return [invalidField(`${field}.contentType`, 'ContentType must be kubevirt when Source is Registry')]
  }
  return [
    ...http(source.http, at),
    ...(source.s3 === undefined ? [] : url(source.s3.url, at, 'S3')),
    ...(source.gcs === undefined ? [] : url(source.gcs.url, at, 'GCS')),
    ...registry(source.registry, `${at}.Registry`),
    ...clone(source.pvc, `${at}.PVC`, 'PVC'),
    ...clone(source.snapshot, `${at}.Snapshot`, 'snapshot'),
  ]
}

function http(source: DataVolumeSource['http'], at: string): StatusCause[] {
  if (source === undefined) return []
  const problem = checksumProblem(source.checksum ?? '')
  return [
    ...url(source.url, at, 'HTTP'),
    ...(problem === undefined ? [] : [invalidField(`${at}.HTTP.checksum`, `Invalid checksum format: ${problem}`)]),
  ]
}

function url(text: string, at: string, kind: 'HTTP' | 'S3' | 'GCS'): StatusCause[] {
  const problem = urlProblem(text, kind)
  return problem === undefined ? [] : [invalidField(`${at}.${kind}.url`, `${at} ${problem}`)]
}

/** CDI takes a URL without a host, and a bucket's scheme for every kind; the importer here would not know what to do with them. */
const schemesOf = {
  HTTP: ['http', 'https'],
  // CDI takes gs here as well; an address that names no server would be of no use.
  S3: ['http', 'https', 's3'],
  GCS: ['http', 'https', 'gs'],
} as const

function urlProblem(text: string, kind: 'HTTP' | 'S3' | 'GCS'): string | undefined {
  if ((text ?? '') === '') return 'source URL is empty'
  const shown = text.slice(0, 200)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/\S*$/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined || text.length > maxUrl) return `Invalid source URL: ${shown}`
  const schemes = schemesOf[kind]
  if (!schemes.some((each) => each === scheme)) return `Invalid source URL scheme: ${shown}`
  return /^[a-z0-9]+:\/\/[^\s/?#]+([/?#]\S*)?$/i.test(text) ? undefined : `Invalid source URL: ${shown}`
}

function checksumProblem(text: string): string | undefined {
  if (text === '') return undefined
  const colon = text.indexOf(':')
  if (colon < 0) return `invalid checksum format: expected 'algorithm:hash', got '${text.slice(0, 200)}'`
  const [algorithm, hash] = [text.slice(0, colon), text.slice(colon + 1)]
  if (hash.trim() === '') return 'checksum hash value cannot be empty'
  const length = Object.hasOwn(digestLengths, algorithm) ? digestLengths[algorithm] : undefined
  if (length === undefined) {
    return `unsupported hash algorithm '${algorithm.slice(0, 80)}': supported algorithms are: md5, sha1, sha256, sha512`
  }
  if (hash.length !== length) {
    return `invalid ${algorithm} hash length: expected ${length} hex characters, got ${hash.length}`
  }
  return /^[0-9a-f]+$/i.test(hash) ? undefined : 'checksum hash is not valid hexadecimal'
}

function registry(source: DataVolumeSource['registry'], at: string): StatusCause[] {
  if (source === undefined) return []
  const { url: text, imageStream, pullMethod } = source
  if ((text === undefined) === (imageStream === undefined)) {
    return [invalidField(at, 'Source registry should have either URL or ImageStream')]
  }
  if (text !== undefined && !/^(docker|oci-archive):\/\/\S+$/i.test(text)) {
    return [invalidField(`${at}.URL`, `Illegal registry source URL scheme ${text.slice(0, 200)}`)]
  }
  const method = `${at}.importMethod`
  if (pullMethod !== undefined && pullMethod !== 'pod' && pullMethod !== 'node') {
    return [invalidField(method, `ImportMethod ${pullMethod} is neither pod, node or ""`)]
  }
  if (imageStream === '') return [invalidField(method, 'Source registry ImageStream is not valid')]
  if (imageStream === undefined || pullMethod === 'node') return []
  return [invalidField(method, 'Source registry ImageStream is supported only with node pull import method')]
}

function clone(source: { name: string; namespace: string } | undefined, at: string, word: string): StatusCause[] {
  if (source === undefined || (source.name !== '' && source.namespace !== '')) return []
  return [invalidField(at, `${at} source ${word} is not valid`)]
}
