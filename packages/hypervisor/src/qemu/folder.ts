/**
 * A machine's folder. What the driver relies on lies in `<root>/<id>`, which only the driver's user enters; QEMU's user owns only
 * `<root>/<id>/run`, its working folder, where it makes its sockets. QEMU may be in a guest's hands, so nothing in `run` is
 * followed as a link, and a socket is only connected to after it was seen to be one of that user's.
 */

import { constants } from 'node:fs'
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { DriverError } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { inWords } from './last-words.ts'
import { parseRecord, type DomainRecord } from './record.ts'

/** Linux' O_PATH (asm-generic/fcntl.h), which Node does not list: a handle on the file itself, without opening it. */
const openPath = 0o10000000
/** Most of a file in `run` that is read: a 4096 x 4096 screen. */
const maxRunFile = 64 * 1024 * 1024
const maxQemuLog = 256 * 1024

export class DomainFolder {
  readonly id: string
  readonly path: string

  constructor(root: string, id: string) {
    this.id = id
    this.path = join(root, id)
  }

  get run(): string {
    return join(this.path, 'run')
  }

  get serialLog(): string {
    return join(this.path, 'serial.log')
  }

  get qemuLog(): string {
    return join(this.path, 'qemu.log')
  }

  /** Output of a helper process. */
  companionLog(name: string): string {
    return join(this.path, `${name}.log`)
  }

  get firmwareVars(): string {
    return join(this.path, 'vars.fd')
  }

  /** Makes the folder with everything that identifies the machine in it, before any process exists. */
  async create(spec: DomainSpec, record: DomainRecord): Promise<void> {
    await mkdir(this.path, { mode: 0o700 })
    await mkdir(this.run, { mode: 0o700 })
    // The process's umask may have taken bits away from either mode.
    await chmod(this.path, 0o700)
    await chmod(this.run, 0o700)
    if (record.uid !== undefined) await chown(this.run, record.uid, record.uid)
    await this.writeSpec(spec)
    await this.writeRecord(record)
  }

  /** With what has been plugged into the machine since. */
  async writeSpec(spec: DomainSpec): Promise<void> {
    await this.#replace('spec.json', spec)
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }

  async writeRecord(record: DomainRecord): Promise<void> {
    await this.#replace('state.json', record)
  }

  /** @throws {DriverError} Protocol when a file is missing or broken, as after a start that was cut short */
  async read(): Promise<{ spec: DomainSpec; record: DomainRecord }> {
    try {
      // Written by `create` of this class in a folder that nobody else can enter.
      const spec = JSON.parse(await readFile(join(this.path, 'spec.json'), 'utf8')) as DomainSpec
      const record = parseRecord(JSON.parse(await readFile(join(this.path, 'state.json'), 'utf8')))
      return { spec, record }
    } catch (error) {
      throw new DriverError('Protocol', `${this.path} does not describe a machine`, { cause: error })
    }
  }

  async #replace(name: string, value: unknown): Promise<void> {
    const temporary = join(this.path, `.${name}`)
    await writeFile(temporary, JSON.stringify(value), { mode: 0o600 })
    await rename(temporary, join(this.path, name))
  }

  /**
   * Connects to a socket that QEMU made. The handle taken first is what is checked and what is connected to, so swapping the
   * file in between changes nothing; it also makes the length of the path irrelevant (sockets allow 107 bytes).
   */
  connect(name: string, uid: number | undefined): Promise<Socket> {
    return this.withSocket(name, uid, connectTo)
  }

  /** The same for another way to connect, to the path that is given it. */
  async withSocket<T>(name: string, uid: number | undefined, use: (path: string) => Promise<T>): Promise<T> {
    const handle = await open(join(this.run, name), openPath | constants.O_NOFOLLOW)
    try {
      const stat = await handle.stat()
      if (!stat.isSocket() || (uid !== undefined && stat.uid !== uid)) {
        throw new DriverError('Protocol', `${join(this.run, name)} is not the socket QEMU made`)
      }
      return await use(`/proc/self/fd/${handle.fd}`)
    } finally {
      await handle.close()
    }
  }

  /** Reads and removes a file that QEMU has written into its folder. */
  async takeRunFile(name: string): Promise<Buffer> {
    const path = join(this.run, name)
    let handle: FileHandle | undefined
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const stat = await handle.stat()
      if (!stat.isFile() || stat.size > maxRunFile)
        throw new DriverError('Protocol', `${path} is not what was asked for`)
      const buffer = Buffer.alloc(stat.size)
      const { bytesRead } = await handle.read(buffer, 0, stat.size, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle?.close()
      await rm(path, { force: true })
    }
  }

  /** Keeps the newest half of QEMU's own log once it is over its bound. */
  trimQemuLog(): Promise<void> {
    return trim(this.qemuLog)
  }

  /** The same with a helper's. */
  trimCompanionLog(name: string): Promise<void> {
    return trim(this.companionLog(name))
  }

  /** The last words QEMU printed, for messages; or a helper, whose log is given. */
  async lastWords(log: string = this.qemuLog): Promise<string> {
    const text = await readFile(log, 'utf8').catch(() => '')
    return inWords(text.trim().split('\n').slice(-5).join('\n')).slice(-2000)
  }
}

async function trim(log: string): Promise<void> {
  const { size } = await stat(log)
  if (size <= maxQemuLog) return
  const text = await readFile(log)
  await truncate(log, 0)
  await appendFile(log, text.subarray(-maxQemuLog / 2))
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // Until its owner listens, an end of QEMU must not be an error that nobody hears; the owner finds the socket destroyed.
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}
