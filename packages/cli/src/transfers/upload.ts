/** `berth disk upload`: a file of this computer becomes a disk. How it is sent is in uploads/; here is what is sent, and as what. */

import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { annotations, type DataVolume } from '@berth/api'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import { bytesOf } from '../storage/size.ts'
import { checkClass } from '../storage/check-class.ts'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { formatElapsed } from '../output/progress.ts'
import { findUploadProxy } from '../uploads/upload-proxy.ts'
import { uploadDisk as sendDisk } from '../uploads/upload-disk.ts'
import { transferText } from './meter.ts'

interface Source {
  path: string
  bytes: number
  format: string
  virtualBytes: number | undefined
}

export async function uploadDisk(input: Input, context: CommandContext): Promise<void> {
  const [path, name] = [input.arg(0), input.arg(1)]
  const source = await lookAt(path)
  const storage = input.text('size') ?? sizeOf(source)
  const className = input.text('class')
  const expected = checksumOf(input.text('checksum'))
  // Read once before: so the disk that is there already from an earlier run is known again, and a broken file is never sent.
  const sums = await sumsOf(source, expected?.algorithm, context)
  if (expected !== undefined && sums.wanted !== expected.digest) {
    throw new CliError(
      'Refused',
      `${path} is not what was expected: its checksum is ${expected.algorithm}:${sums.wanted ?? ''}`,
      {
        remedy: 'Fetch the file again.',
      },
    )
  }
  const opened = await session(input, context)
  const { client, namespace } = opened
  await checkClass(client, { class: className, bytes: bytesOf(storage) })
  const dataVolume: DataVolume = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    // The disk is made now, not when a VM first uses it.
    metadata: { name, namespace, annotations: { [annotations.cdiBindImmediate]: 'true' } },
    spec: {
      source: { upload: {} },
      storage: {
        resources: { requests: { storage } },
        ...(className === undefined ? {} : { storageClassName: className }),
      },
    },
  }
  const startedMs = context.clock.now().getTime()
  const [url, caFile] = [input.text('uploadUrl'), input.text('uploadCa')]
  const proxy = await findUploadProxy(opened, {
    ...(url === undefined ? {} : { url }),
    ...(caFile === undefined ? {} : { caFile }),
    insecure: input.flag('insecureUpload'),
  })
  await sendDisk(
    { client, proxy, context },
    {
      dataVolume,
      fingerprint: `sha256:${sums.sha256}`,
      size: source.bytes,
      content: () => contentOf(source),
      label: path,
    },
  )
  const elapsedMs = context.clock.now().getTime() - startedMs
  const speed = formatBytes(source.bytes / Math.max(0.001, elapsedMs / 1000))
  context.terminal.stderr.write(
    `Disk "${name}" is ready: ${formatBytes(source.bytes)} of ${source.format} in ${formatElapsed(elapsedMs)}, ${speed}/s\n`,
  )
  context.terminal.stdout.write(`sha256:${sums.sha256}\n`)
  context.terminal.stderr.write(context.spell(`next: berth disk attach ${name} VM\n`))
}

/** @throws {CliError} NotFound, Usage */
async function lookAt(path: string): Promise<Source> {
  const file = await openFile(path)
  try {
    const stat = await file.stat()
    if (!stat.isFile() || stat.size === 0) {
      throw new CliError('Usage', `${path} is no disk image: it is ${stat.isFile() ? 'empty' : 'no file'}`, {
        remedy: 'Name a disk image: qcow2, raw, vmdk, iso …',
      })
    }
    const { readDiskHeader } = await import('@berth/view')
    const { format, bytes } = await readDiskHeader({
      name: path,
      size: stat.size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      },
    })
    if (format === 'package' || format === 'descriptor') {
      throw new CliError('Usage', `${path} holds a whole machine`, {
        remedy: `Bring it in with \`berth import ${path}\`.`,
      })
    }
    return { path, bytes: stat.size, format: format === 'packed' ? 'compressed image' : format, virtualBytes: bytes }
  } finally {
    await file.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw new CliError('NotFound', `${path} cannot be read`, {
      cause,
      remedy: 'Name a disk image: qcow2, raw, vmdk, iso …',
    })
  }
}

/** @throws {CliError} Usage */
function checksumOf(text: string | undefined): { algorithm: string; digest: string } | undefined {
  if (text === undefined) return undefined
  const match = /^(sha256|sha512|md5):([0-9a-f]+)$/i.exec(text)
  const [, algorithm, digest] = match ?? []
  if (algorithm !== undefined && digest !== undefined) {
    return { algorithm: algorithm.toLowerCase(), digest: digest.toLowerCase() }
  }
  throw new CliError('Usage', `--checksum: "${text}" is no checksum`, { remedy: 'Write it like sha256:9f86d0…' })
}

async function sumsOf(
  source: Source,
  algorithm: string | undefined,
  context: CommandContext,
): Promise<{ sha256: string; wanted?: string }> {
  const sha256 = createHash('sha256')
  const wanted = algorithm === undefined ? undefined : createHash(algorithm)
  const text = `Reading ${source.path}`
  const step = context.progress.step(text)
  const startedMs = context.clock.now().getTime()
  let done = 0
  try {
    for await (const bytes of contentOf(source)) {
      if (context.signal.aborted) throw new CliError('Interrupted', 'interrupted')
      sha256.update(bytes)
      wanted?.update(bytes)
      done += bytes.length
      const elapsedMs = context.clock.now().getTime() - startedMs
      step.update(`${text}: ${transferText({ done, total: source.bytes, elapsedMs })}`)
    }
  } catch (error) {
    step.fail()
    throw error
  }
  step.close()
  return { sha256: sha256.digest('hex'), ...(wanted === undefined ? {} : { wanted: wanted.digest('hex') }) }
}

/** As long as it was when it was looked at: what was announced is what is sent. */
async function* contentOf({ path, bytes }: Source): AsyncGenerator<Buffer> {
  const file = await openFile(path)
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, end: bytes - 1 })) yield chunk as Buffer
}

const MiB = 1024 * 1024

/** @throws {CliError} Usage where the file does not say */
function sizeOf({ virtualBytes, format, path }: Source): string {
  if (virtualBytes !== undefined) return formatQuantity(quantityFromBytes(Math.ceil(virtualBytes / MiB) * MiB))
  throw new CliError('Usage', `${path} (${format}) does not say how large its disk is`, {
    remedy: 'Say it like --size 20Gi: at least what the image in it says of itself.',
  })
}
