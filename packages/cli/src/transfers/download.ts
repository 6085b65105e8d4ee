/**
 * `berth disk download`: a disk becomes a file of this computer, through a VirtualMachineExport. It is written beside its name and gets the name when
 * it is whole; what is there of it is kept for the next try, which goes on where the connection broke.
 */

import { constants } from 'node:fs'
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises'
import { virtualMachineExports, virtualMachines, type ExportFormat, type VirtualMachineExport } from '@berth/api'
import { persistentVolumeClaims, secrets, wait, type Client } from '@berth/kube'
import { newExport, type ExportWish } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { findInstance, getOrNothing } from '../machines/find.ts'
import { formatElapsed, type Step } from '../output/progress.ts'
import { findDisk } from '../storage/disk-rows.ts'
import { snapshots } from '../storage/kinds.ts'
import { stamped } from '../storage/names.ts'
import { waitForObject } from '../storage/wait-for-object.ts'
import { broken, call, textOf, type Trust } from './http.ts'
import { transferText } from './meter.ts'
import { exists, isMissing } from './existing.ts'

const endings: Readonly<Record<string, string>> = { qcow2: 'qcow2', raw: 'img', gz: 'img.gz', 'tar.gz': 'tar.gz' }
/** What the API calls it. */
const apiFormats: Readonly<Record<string, ExportFormat>> = {
  qcow2: 'qcow2',
  raw: 'raw',
  gz: 'gzip',
  'tar.gz': 'tar.gz',
}

export async function downloadDisk(input: Input, context: CommandContext): Promise<void> {
  const opened = await session(input, context)
  const { client, namespace } = opened
  const name = input.arg(0)
  const source = await sourceOf(client, { namespace, name, snapshot: input.flag('snapshot') })
  const exportName = stamped(`download-${name}`, context.clock.now())
  const target = { namespace, name: exportName }
  const timeoutMs = input.duration('timeout') ?? 300_000
  // Goes by itself should this program die.
  await client.create(
    virtualMachineExports,
    newExport({ namespace, source, name: exportName, ttl: '12h' }) as VirtualMachineExport,
  )
  try {
    const ready = await waitForObject<VirtualMachineExport>(context, client, {
      resource: virtualMachineExports,
      target,
      text: `Preparing "${name}"`,
      doneText: `"${name}" can be fetched`,
      timeoutMs,
      remedy: `A disk in use cannot be fetched: stop its VM, or take a snapshot and download that with --snapshot.`,
    })
    const { url, ca, format } = pick(ready, { name, disk: input.text('disk'), format: input.text('format') })
    const file = input.text('outputFile') ?? `${name}.${endings[format] ?? format}`
    const token = await tokenOf(client, { namespace, name: ready?.status?.tokenSecretRef ?? '' })
    const trust: Trust = {
      ca: ca ?? opened.trust?.ca,
      insecure: opened.trust?.insecure === true || input.flag('insecure'),
    }
    await fetchFile(context, { url, token, trust, file, what: name })
  } finally {
    await client.delete(virtualMachineExports, target).catch(() => {
      // It ends by itself; what went wrong before is what counts.
    })
  }
}

/** A disk, a VM or a snapshot of that name. @throws {CliError} NotFound, Refused while it is in use */
async function sourceOf(
  client: Client,
  { namespace, name, snapshot }: { namespace: string; name: string; snapshot: boolean },
): Promise<ExportWish['source']> {
  const target = { namespace, name }
  if (snapshot) {
    if ((await getOrNothing(client, snapshots, target)) !== undefined) return { kind: 'VirtualMachineSnapshot', name }
    throw new CliError('NotFound', `there is no snapshot "${name}" in namespace "${namespace}"`, {
      remedy: 'See what there is with `berth snapshot list -A`.',
    })
  }
  const [claim, machine] = await Promise.all([
    getOrNothing(client, persistentVolumeClaims, target),
    getOrNothing(client, virtualMachines, target),
  ])
  if (claim !== undefined) {
    const { row } = await findDisk(client, target)
    const user = row.users.find(({ running }) => running)
    if (user !== undefined) throw inUse(`disk "${name}"`, user.name)
    return { kind: 'PersistentVolumeClaim', name }
  }
  if (machine === undefined) {
    throw new CliError('NotFound', `there is neither a disk nor a VM "${name}" in namespace "${namespace}"`, {
      remedy: 'See what there is with `berth disk list` and `berth vm list`.',
    })
  }
  if ((await findInstance(client, target)) !== undefined) throw inUse(`VM "${name}"`, name)
  return { kind: 'VirtualMachine', name }
}

function inUse(what: string, machine: string): CliError {
  const words = what === `VM "${machine}"` ? `${what} runs` : `${what} is used by VM "${machine}", which runs`
  return new CliError('Refused', `${words}; what is being written cannot be fetched`, {
    remedy: `Stop it with \`berth vm stop ${machine}\`, or fetch a snapshot: \`berth vm snapshot ${machine} now\`, then \`berth disk download now --snapshot\`.`,
  })
}

interface Picked {
  url: string
  ca: string | undefined
  format: string
}

/** @throws {CliError} Usage when there are several disks, Refused when there is nothing of the kind */
function pick(
  found: Readonly<VirtualMachineExport> | undefined,
  wanted: { name: string; disk: string | undefined; format: string | undefined },
): Picked {
  const { links } = found?.status ?? {}
  // The inner addresses lead somewhere from within a cluster only.
  const link = links?.external ?? links?.internal
  const volumes = link?.volumes ?? []
  const volume = wanted.disk === undefined ? volumes[0] : volumes.find(({ name }) => name === wanted.disk)
  const names = volumes.map(({ name }) => name).join(', ')
  if (volume === undefined) {
    throw new CliError('NotFound', `"${wanted.name}" has no disk "${wanted.disk ?? ''}" that can be fetched`, {
      remedy: names === '' ? 'Its conditions say why.' : `There are: ${names}.`,
    })
  }
  if (wanted.disk === undefined && volumes.length > 1) {
    throw new CliError('Usage', `"${wanted.name}" has several disks: ${names}`, {
      remedy: 'Say which with --disk NAME.',
    })
  }
  const offered = volume.formats ?? []
  const has = (format: string): string | undefined => offered.find((each) => each.format === apiFormats[format])?.url
  const format = wanted.format ?? ['qcow2', 'gz', 'tar.gz'].find((each) => has(each) !== undefined) ?? 'raw'
  const url = has(format)
  if (url !== undefined) return { url, ca: link?.cert, format }
  const can = Object.keys(apiFormats).filter((each) => has(each) !== undefined)
  throw new CliError('Refused', `the server has no ${format} of "${volume.name}"`, {
    remedy: `It has: ${can.join(', ')}. \`qemu-img convert\` makes one from another.`,
  })
}

async function tokenOf(client: Client, target: { namespace: string; name: string }): Promise<string> {
  const secret = await client.get(secrets, target)
  return Buffer.from(secret.data?.['token'] ?? '', 'base64').toString('utf8')
}

interface Fetching {
  url: string
  token: string
  trust: Trust
  file: string
  what: string
}

const tries = 8
const pauseMs = 1000

async function fetchFile(context: CommandContext, fetching: Fetching): Promise<void> {
  const { file, what } = fetching
  if (await exists(file))
    throw new CliError('Refused', `${file} is there already`, { remedy: 'Name another file with -o.' })
  const startedMs = context.clock.now().getTime()
  const step = context.progress.step(`Downloading "${what}" to ${file}`)
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await fetchOnce(context, fetching, step)
        break
      } catch (error) {
        if (!(error instanceof CliError && error.code === 'Unreachable') || attempt === tries) throw error
        context.progress.note(`${error.message}; going on (${attempt + 1} of ${tries})`)
        await wait(context.clock, pauseMs * attempt, context.signal)
      }
    }
    await rename(partOf(file), file)
    await rm(markOf(file), { force: true })
  } catch (error) {
    step.fail()
    throw error
  }
  const elapsedMs = context.clock.now().getTime() - startedMs
  const { size } = await stat(file)
  step.done(
    `"${what}" is in ${file}: ${formatBytes(size)} in ${formatElapsed(elapsedMs)}, ${formatBytes(size / Math.max(0.001, elapsedMs / 1000))}/s`,
  )
}

const partOf = (file: string): string => `${file}.part`
/** Which state of the disk the part is of, so that halves of two never become one. */
const markOf = (file: string): string => `${file}.part.etag`

/** Asks for what is missing, or for all of it where the server cannot do that or the disk is another now. */
async function fetchOnce(
  context: CommandContext,
  { url, token, trust, file, what }: Fetching,
  step: Step,
): Promise<void> {
  const { signal, clock } = context
  const part = partOf(file)
  const [etag, there] = await Promise.all([markText(file), sizeOf(part)])
  const resumed = etag !== undefined && there > 0
  const headers = {
    'x-kubevirt-export-token': token,
    ...(resumed ? { range: `bytes=${there}-`, 'if-range': etag } : {}),
  }
  const answer = await call({ url, method: 'GET', headers, trust, signal })
  const { statusCode = 0 } = answer
  // All of it was there already.
  if (statusCode === 416 && resumed && totalOf(answer.headers['content-range']) === there) {
    answer.resume()
    return
  }
  if (statusCode !== 200 && statusCode !== 206) {
    const text = await textOf(answer)
    const again = statusCode === 503 || statusCode === 429
    throw new CliError(
      again ? 'Unreachable' : 'Refused',
      `"${what}" cannot be fetched: ${text === '' ? `the server answered ${statusCode}` : text}`,
    )
  }
  const from = statusCode === 206 ? there : 0
  const length = Number(answer.headers['content-length'] ?? Number.NaN)
  const total = Number.isFinite(length) ? from + length : totalOf(answer.headers['content-range'])
  const mark = answer.headers.etag
  if (from === 0) {
    // First the old bytes, then the mark: a part never carries the mark of another state.
    await rm(part, { force: true })
    await (mark === undefined ? rm(markOf(file), { force: true }) : writeFile(markOf(file), mark))
  }
  // No flag of Node's makes a file without emptying it and lets it be written anywhere but at its end.
  const output = await open(part, constants.O_WRONLY | constants.O_CREAT)
  const startedMs = clock.now().getTime()
  let done = from
  try {
    for await (const chunk of answer) {
      const bytes = chunk as Buffer
      // Zeroes stay a hole: disks are mostly empty, and their files need not be as large as they are.
      if (isZero(bytes)) await output.truncate(done + bytes.length)
      else await writeWhole(output, bytes, done)
      done += bytes.length
      const text = transferText({ done, total, elapsedMs: clock.now().getTime() - startedMs, before: from })
      step.update(`Downloading "${what}" to ${file}: ${text}`)
    }
    await output.sync()
  } catch (cause) {
    throw broken(cause, url, signal)
  } finally {
    await output.close()
  }
  if (total !== undefined && done !== total) {
    throw new CliError('Unreachable', `the connection ended after ${formatBytes(done)} of ${formatBytes(total)}`)
  }
}

const zeroes = Buffer.alloc(64 * 1024)

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeroes.length) {
    const piece = bytes.subarray(at, at + zeroes.length)
    if (piece.compare(zeroes, 0, piece.length) !== 0) return false
  }
  return true
}

async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

/** What follows the slash of `bytes 5-9/10`. */
function totalOf(range: string | undefined): number | undefined {
  const total = /\/(\d{1,15})$/.exec(range ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

async function markText(file: string): Promise<string | undefined> {
  try {
    return await readFile(markOf(file), 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}
