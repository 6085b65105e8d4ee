/** The paths of CDI's upload proxy: who has a token for a claim sends its disk here. */

import type { RawAnswer, RawPath, RawRequest } from '@berth/apiserver'
import type { Logger } from '@berth/base'
import { gatheredBody, ImagingError } from '@berth/imaging'
import { persistentVolumeClaims, type Client, type PersistentVolumeClaim } from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import { TurnsByNamespace } from '../turns-by-namespace.ts'
import type { Uploads } from '../volumes/sources/uploads.ts'
import { boundaryOf, formField } from './form-field.ts'
import type { UploadTokens } from './tokens.ts'
import { unlessStalled } from './unless-stalled.ts'

export interface UploadDoor {
  client: () => Client
  uploads: () => Pick<Uploads, 'state' | 'accept'>
  tokens: UploadTokens
  logger: Logger
}

interface Form {
  path: string
  /** Answered as soon as the bytes are here; else when the disk is in its volume. */
  async: boolean
  form?: true
  archive?: true
}

const forms: readonly Form[] = ['v1beta1', 'v1alpha1'].flatMap((version) => [
  { path: `/${version}/upload`, async: false },
  { path: `/${version}/upload-async`, async: true },
  { path: `/${version}/upload-form`, async: false, form: true },
  { path: `/${version}/upload-form-async`, async: true, form: true },
  { path: `/${version}/upload-archive`, async: false, archive: true },
  { path: `/${version}/upload-archive-alpha`, async: false, archive: true },
])

/** Milliseconds that an asynchronous upload is held after its last byte, before what was sent is made safe against a power cut. */
const asyncGraceMs = 2_000
/** Milliseconds without a byte until an upload is given up. */
const stallMs = 60_000

export function uploadPaths(door: UploadDoor): RawPath[] {
  // Each has a file of its own under way, and the host has one disk.
  const turns = new TurnsByNamespace({ most: 16, perNamespace: 8 })
  return forms.map((form) => ({
    path: form.path,
    async serve(request) {
      if (request.path !== form.path) return text(404, 'there is nothing at this path')
      if (request.method !== 'HEAD' && request.method !== 'POST') return text(404, 'send the disk with POST')
      const claim = await claimOf(door, request)
      if ('code' in claim) return claim
      if (request.method === 'HEAD') return text(200, '')
      const end = turns.begin(claim.metadata.namespace ?? '')
      if (end === undefined) return text(503, 'too many uploads are under way; try again later')
      try {
        return await take(door, { form, request, claim })
      } catch (error) {
        if (request.signal.aborted) return text(400, 'the upload ended early; send it again')
        return refusalOf(error, door.logger)
      } finally {
        end()
      }
    },
  }))
}

/** The claim that the request's token is for, or why it may not be filled now. */
async function claimOf(
  { client, uploads, tokens }: UploadDoor,
  { headers }: RawRequest,
): Promise<PersistentVolumeClaim | RawAnswer> {
  const { authorization } = headers
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  if (token === undefined) return text(400, 'the header Authorization has to be "Bearer " and an upload token')
  const target = tokens.read(token)
  if (target === undefined) return text(401, 'the upload token is not valid, or no longer; ask for another')
  const { namespace, name, uid } = target
  const claim = await unlessMissing(client().get(persistentVolumeClaims, { namespace, name }))
  if (claim?.metadata.uid !== uid || claim.metadata.deletionTimestamp !== undefined)
    return text(503, `rejecting Upload Request for PVC ${name} that doesn't exist`)
  switch (await uploads().state(target)) {
    case 'notReady':
      return text(503, `PVC ${name} is not ready for an upload yet; try again`)
    case 'busy':
      return text(503, `another upload to PVC ${name} is under way`)
    case 'done':
      return text(409, `rejecting Upload Request for PVC ${name} that already finished uploading`)
    case 'inUse':
      return text(409, `PVC ${name} takes no upload while a machine has its disk; stop the machine first`)
    case 'notBlank':
      return text(409, `PVC ${name} takes no upload: it is not blank, and what it holds would be lost; use a new one`)
    case 'ready':
      return claim
  }
}

async function take(
  { uploads }: UploadDoor,
  { form, request, claim }: { form: Form; request: RawRequest; claim: PersistentVolumeClaim },
): Promise<RawAnswer> {
  const { namespace = '', name = '', annotations = {} } = claim.metadata
  if (form.archive === true || annotations['cdi.kubevirt.io/storage.contentType'] === 'archive') {
    return text(
      400,
      `PVC ${name} cannot take an archive: volumes of the embedded engine hold a disk image and no files; send the disk with --image-path`,
    )
  }
  const bytes = announcedBytes(request)
  const body = unlessStalled(gatheredBody(request.body), stallMs)
  const content =
    form.form === true
      ? formField(body, { boundary: boundaryOf(request.headers['content-type']), field: 'file' })
      : body
  const received = await uploads().accept({ namespace, name }, content, {
    signal: request.signal,
    // The length of a form says little of its field.
    ...(bytes === undefined || form.form === true ? {} : { bytes }),
  })
  // After the answer to an asynchronous upload nobody waits: how it ended is logged, and told by the claim.
  received.done.catch(() => {})
  // What is no disk at all is found out at once: whoever waits for nothing else hears of that, too.
  await (form.async ? Promise.race([received.done, soon(asyncGraceMs).then(() => received.keep())]) : received.done)
  return text(200, '')
}

function soon(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

function announcedBytes({ headers }: RawRequest): number | undefined {
  const length = headers['content-length']
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined
}

/** What a person reads who sent something that is no good. */
function refusalOf(error: unknown, logger: Logger): RawAnswer {
  if (error instanceof StatusError) return text(error.status.code, error.message)
  if (error instanceof EngineError || error instanceof ImagingError) {
    const code = codes[error.code] ?? 400
    return text(
      code,
      error.remedy === undefined ? error.message : `${error.message.replace(/\.$/, '')}. ${error.remedy}`,
    )
  }
  logger.error({ err: error }, 'an upload failed inside the engine')
  return text(500, 'the upload failed inside the engine; its log says why')
}

/** Everything else is the sender's: 400. */
const codes: Record<string, number> = {
  UploadNotReady: 503,
  UploadBusy: 503,
  UploadDone: 409,
  VolumeInUse: 409,
  VolumeRefused: 409,
  ToolMissing: 500,
  Io: 500,
}

function text(code: number, body: string): RawAnswer {
  return {
    code,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: body === '' ? '' : `${body}\n`,
  }
}
