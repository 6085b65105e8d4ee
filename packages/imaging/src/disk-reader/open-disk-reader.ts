/**
 * Reads what a guest would see of a disk, anywhere in it, from all the images it is made of. `qemu-nbd` does it, which knows the formats;
 * it ends with this process, and with the reader.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ImagingError } from '../errors.ts'
import { safeImagePath } from '../image-path.ts'
import type { DiskFormat } from '../qemu-img.ts'
import { findProgram, streamProcess, type StreamedProcess } from '../run-process.ts'
import { NbdClient } from './nbd-client.ts'

export interface Extent {
  offset: number
  length: number
  /** Reads as zeros, whatever lies on the disk. */
  zero: boolean
}

export interface DiskToRead {
  path: string
  format: DiskFormat
  /** What the image lies on, nearest first; taken as given, whatever the headers say. */
  backing?: readonly { path: string; format: DiskFormat }[]
}

export interface DiskReader {
  /** The size the guest sees. */
  readonly sizeBytes: number
  /** @throws {ImagingError} CorruptData, ToolFailed */
  read(offset: number, length: number): Promise<Buffer>
  /** The extents of a range, in order and without gaps, joined where they are alike. */
  extents(offset: number, length: number): AsyncGenerator<Extent>
  close(): Promise<void>
}

/** Longer than any download may take. */
const longestMs = 7 * 24 * 3600_000
const startMs = 15_000
/** Bytes that one question for holes is about; the protocol has 32 bits for it. */
const statusBytes = 1024 ** 3

/** @throws {ImagingError} InvalidArgument, ToolMissing, ToolFailed (an image that is in use, too) */
export async function openDiskReader(disk: DiskToRead, { signal }: { signal?: AbortSignal } = {}): Promise<DiskReader> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-read-'))
  let program: StreamedProcess | undefined
  let socket: Socket | undefined
  try {
    program = startServer(disk, { socket: join(folder, 's'), signal })
    socket = await connected(join(folder, 's'), program)
    // Nobody else is to come, and a process that is killed leaves nothing then.
    await rm(folder, { recursive: true, force: true })
    const client = await NbdClient.open(socket)
    return readerOf(client, async () => {
      client.close()
      program?.stdout.destroy()
      // How it ended says nothing once nobody reads from it.
      await program?.done.catch(() => {})
    })
  } catch (error) {
    socket?.destroy()
    setTimeout(() => program?.stdout.destroy(), 500).unref()
    // What the program says of an image it cannot open tells more than a connection that broke.
    const said = await program?.done.then(() => error).catch((ended: unknown) => ended)
    await rm(folder, { recursive: true, force: true })
    throw said ?? error
  }
}

function startServer(disk: DiskToRead, { socket, signal }: { socket: string; signal: AbortSignal | undefined }) {
  const args = ['--read-only', '--shared=1', `--socket=${socket}`, '--image-opts', imageOptions(disk)]
  // Without it a killed engine could leave a server behind that nobody has connected to yet.
  const guarded = findProgram('setpriv') !== undefined
  return streamProcess({
    ...(guarded
      ? { command: 'setpriv', args: ['--pdeathsig=KILL', '--', findProgram('qemu-nbd') ?? 'qemu-nbd', ...args] }
      : { command: 'qemu-nbd', args }),
    purpose: 'reading a disk',
    timeoutMs: longestMs,
    limits: { addressSpaceBytes: 4 * 1024 ** 3 },
    ...(signal === undefined ? {} : { signal }),
  })
}

/** `driver=qcow2,file.filename=…,backing.driver=…`: what QEMU is to open, with nothing left to guess. */
export function imageOptions({ path, format, backing = [] }: DiskToRead): string {
  const parts = [{ path, format }, ...backing].flatMap((image, depth) => {
    const prefix = 'backing.'.repeat(depth)
    const name = safeImagePath(image.path).replaceAll(',', ',,')
    return [`${prefix}driver=${image.format}`, `${prefix}file.driver=file`, `${prefix}file.filename=${name}`]
  })
  return parts.join(',')
}

async function connected(path: string, program: StreamedProcess): Promise<Socket> {
  let ended = false
  program.done.catch(() => {}).finally(() => (ended = true))
  const deadline = performance.now() + startMs
  for (;;) {
    const socket = await attempt(path)
    if (socket !== undefined) return socket
    if (ended) await program.done
    if (ended || performance.now() > deadline) throw new ImagingError('ToolFailed', 'qemu-nbd did not begin to serve')
    await wait(10)
  }
}

function attempt(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

function readerOf(client: NbdClient, close: () => Promise<void>): DiskReader {
  return {
    sizeBytes: client.sizeBytes,
    read: (offset, length) => client.read(offset, length),
    async *extents(offset, length) {
      const end = offset + length
      let held: Extent | undefined
      for (let at = offset; at < end;) {
        for (const { offset: from, length: bytes, zero } of await client.status(at, Math.min(statusBytes, end - at))) {
          if (held?.zero === zero) held = { ...held, length: held.length + bytes }
          else {
            if (held !== undefined) yield held
            held = { offset: from, length: bytes, zero }
          }
          at = from + bytes
        }
      }
      if (held !== undefined) yield held
    },
    close,
  }
}
