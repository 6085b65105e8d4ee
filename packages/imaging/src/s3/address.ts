/** Where an object of S3 is, from the addresses people write: `s3://bucket/key`, `https://s3.eu-west-1.amazonaws.com/bucket/key`, `http://minio:9000/bucket/key`. Pure. */

import { ImagingError } from '../errors.ts'
import { encode } from './sign.ts'

export interface S3Address {
  /** With the key percent-encoded as a signature wants it. */
  url: URL
  /** Undefined while only the service knows: it tells when asked about the bucket. */
  region: string | undefined
}

const aws =
  /^(?:(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.)?s3(?:[.-](?:dualstack\.)?(?<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$/
/** What services that only speak like S3 are content with. */
const anyRegion = 'us-east-1'

/** @throws {ImagingError} InvalidArgument */
export function s3Address(text: string): S3Address {
  const url = URL.parse(text)
  if (url === null || !['s3:', 'http:', 'https:'].includes(url.protocol)) throw invalid(text)
  if (url.protocol === 's3:') {
    const key = decodedPath(url, text)
    if (url.hostname === '' || url.port !== '' || key === '') throw invalid(text)
    return { url: objectUrl('https://s3.amazonaws.com', `${url.hostname}/${key}`), region: undefined }
  }
  const path = decodedPath(url, text)
  const found = aws.exec(url.hostname)
  const bucketInHost = found?.groups?.['bucket'] !== undefined
  if (path === '' || (!bucketInHost && !/^[^/]+\/./.test(path))) throw invalid(text)
  return {
    url: objectUrl(`${url.protocol}//${url.host}`, path),
    region: found === null ? anyRegion : found.groups?.['region'],
  }
}

function decodedPath({ pathname }: URL, text: string): string {
  try {
    return decodeURIComponent(pathname.replace(/^\/+/, ''))
  } catch {
    throw invalid(text)
  }
}

function objectUrl(origin: string, path: string): URL {
  // Each part for itself: a slash in a key stays one.
  return new URL(`${origin}/${path.split('/').map(encode).join('/')}`)
}

/** The same object at the place its region has. */
export function inRegion({ url }: S3Address, region: string): S3Address {
  const moved = new URL(url)
  moved.hostname = url.hostname.replace(/(^|\.)s3\.amazonaws\.com$/, `$1s3.${region}.amazonaws.com`)
  return { url: moved, region }
}

function invalid(text: string): ImagingError {
  // Without a query, which may hold a secret.
  const shown = text
    .slice(0, 200)
    .replace(/[?#].*$/, '')
    .replace(/\/\/[^/@]*@/, '//')
  return new ImagingError('InvalidArgument', `${JSON.stringify(shown)} does not name an object of S3`, {
    remedy: 'Write it like s3://bucket/key, or with the server first: https://s3.example.com/bucket/key.',
  })
}
