/** Downloads an object of S3: signed, or openly where there are no credentials. */

import { download, type Downloaded, type DownloadRequest } from '../download/download.ts'
import { asker } from '../registry/ask.ts'
import { inRegion, s3Address, type S3Address } from './address.ts'
import { signS3, type S3Credentials } from './sign.ts'

export interface S3DownloadRequest extends Omit<DownloadRequest, 'headers'> {
  /** Unless given, the object must be open to everybody. */
  credentials?: S3Credentials
  now?: () => Date
}

/** @throws {ImagingError} as `download` */
export async function downloadS3(request: S3DownloadRequest): Promise<Downloaded> {
  const { url: text, credentials, now = () => new Date(), ...more } = request
  const address = s3Address(text)
  if (credentials === undefined) return download({ ...more, url: address.url.href })
  const { url, region = 'us-east-1' } = address.region === undefined ? await located(address, request) : address
  // Asked anew for every try: a signature is good for a quarter of an hour.
  const headers = async (): Promise<Record<string, string>> =>
    signS3({ method: 'GET', url, region, credentials, now: now() })
  return download({ ...more, url: url.href, headers })
}

/** Amazon tells a bucket's region to whoever asks, also with a refusal; a request signed for another region is refused. */
async function located(
  address: S3Address,
  { signal, ca, proxy, retries, backoff, mostWaitMs }: S3DownloadRequest,
): Promise<S3Address> {
  const ask = asker({
    ...(signal === undefined ? {} : { signal }),
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(retries === undefined ? {} : { retries }),
    ...(backoff === undefined ? {} : { backoff }),
    ...(mostWaitMs === undefined ? {} : { mostWaitMs }),
  })
  const bucket = new URL(address.url)
  if (bucket.hostname.startsWith('s3.')) bucket.pathname = bucket.pathname.split('/').slice(0, 2).join('/')
  else bucket.pathname = '/'
  const { headers } = await ask({ url: bucket, method: 'HEAD', headers: {}, redirects: false })
  const region = headers['x-amz-bucket-region']
  return typeof region === 'string' && /^[a-z0-9-]{1,40}$/.test(region) ? inRegion(address, region) : address
}
