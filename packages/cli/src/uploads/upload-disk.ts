/** Makes a DataVolume and fills it by upload. What was begun and not finished is taken away again. */

import { dataVolumes, type DataVolume } from '@berth/api'
import { type Client, isUploadBroken, sendUpload, type UploadAnswer, type UploadProxy, wait } from '@berth/kube'
import { getCondition, isJsonObject, unlessMissing } from '@berth/meta'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Step } from '../output/progress.ts'
import { TransferText } from './transfer-text.ts'

export interface DiskUpload {
  /** With source `upload`. */
  dataVolume: DataVolume
  /** Of what is sent: a DataVolume that was filled with the same is not filled again. */
  fingerprint: string
  size: number
  /** From the start each time. */
  content: () => AsyncIterable<Buffer>
  /** `disk 1 of 2` */
  label: string
}

/** On the DataVolume: what was sent into it. */
export const uploadedAnnotation = 'berth.dev/uploaded'

const pollMs = 200
const readyMs = 5 * 60_000
const attempts = 3
const retryMs = 2000

export interface UploadWorld {
  client: Client
  proxy: UploadProxy
  context: CommandContext
}

/**
 * @returns the DataVolume, filled
 * @throws {CliError} Refused (a DataVolume of another origin has the name), Failed
 */
export async function uploadDisk(world: UploadWorld, upload: DiskUpload): Promise<DataVolume> {
  const { client, context } = world
  const { namespace = '', name = '' } = upload.dataVolume.metadata
  const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
  if (there !== undefined && there.metadata.annotations?.[uploadedAnnotation] !== upload.fingerprint) {
    throw new CliError('Refused', `DataVolume "${name}" is there already in namespace "${namespace}"`, {
      remedy: `Choose another name, or delete it: \`berth disk delete ${name} -n ${namespace}\``,
    })
  }
  if (there?.status?.phase === 'Succeeded') {
    context.progress.note(`${upload.label} is there already, from an earlier run`)
    return there
  }
  // Half a disk of an earlier run is of no use: the protocol has no way to go on.
  if (there !== undefined) await removeDisk(world, there)
  const made = await client.create(dataVolumes, withFingerprint(upload))
  const step = context.progress.step(`Uploading ${upload.label}`)
  try {
    await untilPhase(world, made, 'UploadReady', step)
    await sendAll(world, upload, step)
    const filled = await untilPhase(world, made, 'Succeeded', step)
    step.done(`Uploaded ${upload.label}`)
    return filled
  } catch (error) {
    step.fail()
    await removeDisk(world, made).catch((failure: unknown) => {
      context.progress.note(`DataVolume "${name}" could not be removed: ${String(failure)}`)
    })
    throw error
  }
}

function withFingerprint({ dataVolume, fingerprint }: DiskUpload): DataVolume {
  const { metadata } = dataVolume
  return {
    ...dataVolume,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [uploadedAnnotation]: fingerprint } },
  }
}

async function sendAll(world: UploadWorld, upload: DiskUpload, step: Step): Promise<void> {
  const { context, proxy } = world
  for (let attempt = 1; ; attempt += 1) {
    const token = await uploadToken(world.client, upload.dataVolume)
    const transfer = new TransferText({ total: upload.size, now: () => context.clock.now() })
    let answer: UploadAnswer | undefined
    let broken: unknown
    try {
      const path = await uploadPath(world, token)
      answer = await sendUpload({
        proxy,
        path,
        method: 'POST',
        token,
        content: {
          size: upload.size,
          bytes: counted(upload, (bytes) => {
            transfer.add(bytes)
            step.update(`Uploading ${upload.label}: ${transfer.text()}`)
          }),
        },
        signal: context.signal,
      })
    } catch (error) {
      if (context.signal.aborted) throw new CliError('Interrupted', 'the upload was interrupted', { cause: error })
      if (!isUploadBroken(error)) throw error
      broken = error
    }
    // 409: an attempt that seemed to break was received whole.
    if (answer?.code === 200 || (answer?.code === 409 && attempt > 1)) return
    const passing = answer === undefined || answer.code === 503 || answer.code === 502
    if (!passing || attempt === attempts) throw refusal(upload, proxy, answer, broken)
    step.update(`Uploading ${upload.label}: ${answer?.text ?? String(broken)}; trying again`)
    await wait(context.clock, retryMs * attempt, context.signal)
  }
}

function refusal(upload: DiskUpload, proxy: UploadProxy, answer: UploadAnswer | undefined, broken: unknown): CliError {
  if (answer !== undefined) {
    const words = answer.text === '' ? `it answered ${answer.code}` : answer.text
    return new CliError('Failed', `${upload.label} was not taken: ${words}`)
  }
  return new CliError('Failed', `${upload.label} cannot be sent to ${proxy.url}: ${String(broken)}`, {
    cause: broken,
    remedy:
      'Check the address (--upload-url) and its certificate (--upload-ca FILE, or --insecure-upload for a cluster that you trust anyway).',
  })
}

/** Proxies that do not know the path that answers at once have the one that answers when the disk is converted. */
async function uploadPath({ proxy, context }: UploadWorld, token: string): Promise<string> {
  const { code } = await sendUpload({
    proxy,
    path: '/v1beta1/upload-async',
    method: 'HEAD',
    token,
    signal: context.signal,
  })
  return code === 200 ? '/v1beta1/upload-async' : '/v1beta1/upload'
}

async function* counted({ content }: DiskUpload, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content()) {
    yield chunk
    onBytes(chunk.length)
  }
}

async function uploadToken(client: Client, { metadata }: DataVolume): Promise<string> {
  const { namespace = '', name = '' } = metadata
  const answer = await client.raw({
    method: 'POST',
    path: `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`,
    body: {
      apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
      kind: 'UploadTokenRequest',
      metadata: { name, namespace },
      spec: { pvcName: name },
    },
  })
  const status = isJsonObject(answer) ? answer['status'] : undefined
  const token = isJsonObject(status) ? status['token'] : undefined
  if (typeof token === 'string' && token !== '') return token
  throw new CliError('Failed', `the cluster gave no token for an upload to "${name}"`)
}

async function untilPhase(
  { client, context }: UploadWorld,
  { metadata }: DataVolume,
  goal: 'UploadReady' | 'Succeeded',
  step: Step,
): Promise<DataVolume> {
  const { namespace = '', name = '' } = metadata
  const deadline = context.clock.now().getTime() + readyMs
  for (;;) {
    const { signal } = context
    if (signal.aborted) throw new CliError('Interrupted', 'the upload was interrupted')
    const found = await client.get(dataVolumes, { namespace, name })
    const phase = found.status?.phase
    const running = getCondition(found.status?.conditions, 'Running')
    if (phase === goal || phase === 'Succeeded') return found
    if (phase === 'Failed') {
      throw new CliError('Failed', `disk "${name}" cannot be made: ${running?.message ?? 'see its events'}`)
    }
    if (goal === 'UploadReady' && context.clock.now().getTime() > deadline) {
      const words = running?.message ?? phase ?? 'nothing is known'
      throw new CliError('Timeout', `disk "${name}" does not become ready for an upload: ${words}`)
    }
    if (goal === 'Succeeded') {
      const progress = found.status?.progress
      const share = progress === undefined || progress === 'N/A' ? '' : ` ${progress}`
      step.update(`Converting ${name}${share}`)
      if (running?.reason === 'Error') throw new CliError('Failed', `disk "${name}": ${running.message ?? 'failed'}`)
    }
    await wait(context.clock, pollMs, signal)
  }
}

async function removeDisk({ client, context }: UploadWorld, { metadata }: DataVolume): Promise<void> {
  const { namespace = '', name = '', uid } = metadata
  await unlessMissing(
    client.delete(dataVolumes, { namespace, name }, uid === undefined ? {} : { preconditions: { uid } }),
  )
  const deadline = context.clock.now().getTime() + readyMs
  // Another may be made under the name only when it is gone.
  while (context.clock.now().getTime() < deadline) {
    const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
    if (there === undefined || there.metadata.uid !== uid) return
    if (context.signal.aborted) return
    await wait(context.clock, pollMs, context.signal)
  }
}
