/** Makes a DataVolume as the person and fills it from a file that is here. What was begun and not finished is taken away again. */

import { dataVolumes, type DataVolume } from '@berth/api'
import { messageOf, type Clock } from '@berth/base'
import { type Client, isUploadBroken, sendUpload, type UploadAnswer, type UploadProxy, wait } from '@berth/kube'
import { getCondition, isJsonObject, unlessMissing } from '@berth/meta'
import { ConsoleError } from '../errors.ts'

/** On the DataVolume: what was sent into it. */
export const uploadedAnnotation = 'berth.dev/uploaded'

const pollMs = 300
const readyMs = 5 * 60_000
const goneMs = 60_000
const attempts = 3
const retryMs = 2000

export interface FillWorld {
  client: Client
  proxy: UploadProxy
  clock: Clock
  signal: AbortSignal
}

export interface DiskToFill {
  /** With source `upload`. */
  dataVolume: DataVolume
  /** Whose half a disk of the name may be taken away. */
  fingerprint: string
  size: number
  /** From the start each time. */
  content: () => AsyncIterable<Buffer>
  onStatus: (status: string) => void
}

/** @throws {ConsoleError | StatusError | Error} what a person is to read */
export async function fillDisk(world: FillWorld, disk: DiskToFill): Promise<DataVolume> {
  const { client, signal } = world
  const { dataVolume, fingerprint } = disk
  const { metadata } = dataVolume
  const { namespace = '', name = '' } = metadata
  signal.throwIfAborted()
  const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
  if (there !== undefined && there.metadata.annotations?.[uploadedAnnotation] !== fingerprint) {
    throw new ConsoleError('Conflict', `there is a disk "${name}" already in namespace "${namespace}"`, {
      remedy: 'Choose another name.',
    })
  }
  // It was sent whole before the console was stopped.
  if (there?.status?.phase === 'Succeeded') return there
  if (there !== undefined) await removeDisk(world, there)
  const made = await client.create(dataVolumes, {
    ...dataVolume,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [uploadedAnnotation]: fingerprint } },
  })
  try {
    await untilPhase(world, disk, 'UploadReady')
    await sendAll(world, disk)
    return await untilPhase(world, disk, 'Succeeded')
  } catch (error) {
    await removeDisk(world, made).catch((failure: unknown) => {
      throw new Error(`${messageOf(error)} The disk "${name}" is left there half: ${messageOf(failure)}`, {
        cause: error,
      })
    })
    throw error
  }
}

async function sendAll(world: FillWorld, disk: DiskToFill): Promise<void> {
  const { proxy, clock, signal } = world
  for (let attempt = 1; ; attempt += 1) {
    const token = await uploadToken(world, disk)
    let answer: UploadAnswer | undefined
    let broken: unknown
    try {
      const path = await uploadPath(world, token)
      const content = { size: disk.size, bytes: counted(disk) }
      answer = await sendUpload({ proxy, path, method: 'POST', token, content, signal })
    } catch (error) {
      signal.throwIfAborted()
      if (!isUploadBroken(error)) throw error
      broken = error
    }
    // 409: an attempt that seemed to break was received whole.
    if (answer?.code === 200 || (answer?.code === 409 && attempt > 1)) return
    const passing = answer === undefined || answer.code === 502 || answer.code === 503
    if (!passing || attempt === attempts) throw refusal(world, answer, broken)
    await wait(clock, retryMs * attempt, signal)
  }
}

function refusal({ proxy }: FillWorld, answer: UploadAnswer | undefined, broken: unknown): ConsoleError {
  if (answer !== undefined) {
    return new ConsoleError(
      'Unavailable',
      answer.text === '' ? `the upload proxy answered ${answer.code}` : answer.text,
    )
  }
  const untrusted =
    broken instanceof Error && 'code' in broken && /CERT|SELF_SIGNED|UNABLE_TO/.test(String(broken.code))
  return new ConsoleError('Unavailable', `${proxy.url} cannot be reached: ${messageOf(broken)}`, {
    cause: broken,
    remedy: untrusted
      ? 'Its certificate is not signed by the cluster’s own authority nor by one this host knows: an administrator has to mend that.'
      : 'Is CDI’s upload proxy reachable from where this console runs? The file is kept: try again when it is.',
  })
}

/** Proxies that do not know the path that answers at once have the one that answers when the disk is converted. */
async function uploadPath({ proxy, signal }: FillWorld, token: string): Promise<string> {
  const { code } = await sendUpload({ proxy, path: '/v1beta1/upload-async', method: 'HEAD', token, signal })
  return code === 200 ? '/v1beta1/upload-async' : '/v1beta1/upload'
}

async function* counted({ content, size, onStatus }: DiskToFill): AsyncGenerator<Buffer> {
  let sent = 0
  let told = -1
  for await (const chunk of content()) {
    yield chunk
    sent += chunk.length
    const percent = Math.floor((sent / Math.max(1, size)) * 100)
    if (percent === told) continue
    told = percent
    onStatus(`UploadInProgress ${percent}%`)
  }
}

async function uploadToken({ client }: FillWorld, { dataVolume }: DiskToFill): Promise<string> {
  const { namespace = '', name = '' } = dataVolume.metadata
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
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new ConsoleError('Unavailable', `the cluster gave no token for an upload to "${name}"`)
}

async function untilPhase(
  { client, clock, signal }: FillWorld,
  { dataVolume, onStatus }: DiskToFill,
  goal: 'UploadReady' | 'Succeeded',
): Promise<DataVolume> {
  const { namespace = '', name = '' } = dataVolume.metadata
  const deadline = clock.now().getTime() + readyMs
  for (;;) {
    signal.throwIfAborted()
    const found = await client.get(dataVolumes, { namespace, name })
    const phase = found.status?.phase
    const running = getCondition(found.status?.conditions, 'Running')
    if (phase === goal || phase === 'Succeeded') return found
    if (phase === 'Failed') throw new ConsoleError('Unavailable', running?.message ?? `disk "${name}" failed`)
    if (goal === 'UploadReady' && clock.now().getTime() > deadline) {
      const words = running?.message ?? phase ?? 'nothing is known'
      throw new ConsoleError('Unavailable', `disk "${name}" does not become ready for an upload: ${words}`)
    }
    if (goal === 'Succeeded' && running?.reason === 'Error') {
      throw new ConsoleError('Unavailable', running.message ?? `disk "${name}" failed`)
    }
    const { progress = 'N/A' } = found.status ?? {}
    onStatus(progress === 'N/A' ? (phase ?? 'Pending') : `${phase ?? 'Pending'} ${progress}`)
    await wait(clock, pollMs, signal)
  }
}

/** Resolves when it is gone: another may be made under the name only then. Does its work for tasks that were stopped as well. */
export async function removeDisk({ client, clock }: FillWorld, { metadata }: DataVolume): Promise<void> {
  const { namespace = '', name = '', uid } = metadata
  await unlessMissing(
    client.delete(dataVolumes, { namespace, name }, uid === undefined ? {} : { preconditions: { uid } }),
  )
  const deadline = clock.now().getTime() + goneMs
  while (clock.now().getTime() < deadline) {
    const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
    if (there === undefined || there.metadata.uid !== uid) return
    await wait(clock, pollMs, new AbortController().signal)
  }
}
