/**
 * A connection over a unix socket that can carry a file descriptor beside its text (SCM_RIGHTS), which is how a QEMU that runs is given
 * a file without getting a right on any. Node does this between its own processes only; the parts it is made of there are reached through
 * `process.binding`, which is deprecated but has no successor. Where a future Node lacks it, disks are attached at the next start.
 */

import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { DriverError } from '../../driver.ts'

/** As much of Node's wrapper around libuv's pipes as is used here. Numbers are 0 or a negative errno. */
interface NodePipe {
  open(fd: number): number
  connect(request: { oncomplete?: (status: number) => void }, path: string): number | undefined
  writeUtf8String(request: { oncomplete?: (status: number) => void }, text: string, carried: NodePipe): number
  close(): void
}

interface NodeParts {
  Pipe: new (kind: number) => NodePipe
  PipeConnectWrap: new () => { oncomplete?: (status: number) => void }
  WriteWrap: new () => { oncomplete?: (status: number) => void }
  kinds: { socket: number; carrier: number }
}

function nodeParts(): NodeParts {
  try {
    // Node's types do not describe what `process.binding` gives.
    const binding = Reflect.get(process, 'binding') as (name: string) => Record<string, unknown>
    const pipe = binding.call(process, 'pipe_wrap') as unknown as Pick<NodeParts, 'Pipe' | 'PipeConnectWrap'> & {
      constants: { SOCKET: number; IPC: number }
    }
    const { WriteWrap } = binding.call(process, 'stream_wrap') as unknown as Pick<NodeParts, 'WriteWrap'>
    const { SOCKET: socket, IPC: carrier } = pipe.constants
    return { Pipe: pipe.Pipe, PipeConnectWrap: pipe.PipeConnectWrap, WriteWrap, kinds: { socket, carrier } }
  } catch (error) {
    throw new DriverError('Unsupported', 'this version of Node.js cannot hand files to a running machine', {
      cause: error,
      remedy: 'Restart the machine: a disk can be had from its start.',
    })
  }
}

export type FileAccess = 'read' | 'write' | 'both'

const accessFlags = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  both: constants.O_RDWR,
} as const satisfies Record<FileAccess, number>

export class DescriptorPipe {
  readonly socket: Socket
  readonly #parts: NodeParts
  readonly #pipe: NodePipe

  private constructor(parts: NodeParts, pipe: NodePipe) {
    this.#parts = parts
    this.#pipe = pipe
    // Node's socket takes such a handle, which its types do not tell.
    this.socket = new Socket({ handle: pipe, readable: true, writable: true } as object)
    // Until its owner listens, an end of QEMU must not be an error that nobody hears.
    this.socket.on('error', () => {})
  }

  /** @throws {DriverError} Unsupported, Refused */
  static async connect(path: string): Promise<DescriptorPipe> {
    const parts = nodeParts()
    const pipe = new parts.Pipe(parts.kinds.carrier)
    await new Promise<void>((resolve, reject) => {
      const refuse = (status: number): void => {
        pipe.close()
        reject(new DriverError('Refused', `a socket of the machine takes no connection (${status})`))
      }
      const request = new parts.PipeConnectWrap()
      request.oncomplete = (status) => (status === 0 ? resolve() : refuse(status))
      const status = pipe.connect(request, path) ?? 0
      if (status !== 0) refuse(status)
    })
    return new DescriptorPipe(parts, pipe)
  }

  /** Sends the text with the open file beside it; the other end gets a descriptor of its own. @throws {DriverError} Refused */
  async send(text: string, file: { fd: number; access: FileAccess }): Promise<void> {
    // Closing what is carried closes its descriptor, so it gets one of its own of the very same file.
    const fd = openSync(`/proc/self/fd/${file.fd}`, accessFlags[file.access] | constants.O_NONBLOCK)
    const carried = new this.#parts.Pipe(this.#parts.kinds.socket)
    const opened = carried.open(fd)
    if (opened !== 0) {
      closeSync(fd)
      throw new DriverError('Refused', `a file cannot be handed over (${opened})`)
    }
    const status = await new Promise<number>((resolve) => {
      const request = new this.#parts.WriteWrap()
      request.oncomplete = resolve
      const early = this.#pipe.writeUtf8String(request, text, carried)
      if (early !== 0) resolve(early)
    })
    carried.close()
    if (status !== 0) throw new DriverError('Refused', `a file cannot be handed over (${status})`)
  }
}
