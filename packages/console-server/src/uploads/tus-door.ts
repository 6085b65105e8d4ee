/** The tus protocol (1.0.0; creation and termination) over the spool. Who asks was checked before anything comes here. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Logger } from '@berth/base'
import { DataStore, Server, Upload } from '@tus/server'
import { ConsoleError } from '../errors.ts'
import { statusOf } from '../http/answers.ts'
import { uploadBounds } from './bounds.ts'
import { newUploadId, type Spool } from './spool.ts'

export interface TusDoor {
  /** @param who who sends it; of an upload that is there, its owner */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    who: { owner: string; onWhole: (id: string) => void },
  ): Promise<void>
}

type Who = Parameters<TusDoor['handle']>[2]

export function openTusDoor({ spool, path, logger }: { spool: Spool; path: string; logger: Logger }): TusDoor {
  const people = new WeakMap<object, Who>()
  const whoOf = (node: { req: object } | undefined): Who => {
    const who = node === undefined ? undefined : people.get(node.req)
    if (who === undefined) throw new ConsoleError('Unauthorized', 'you are not signed in')
    return who
  }
  const server = new Server({
    path,
    datastore: new SpoolStore(spool),
    relativeLocation: true,
    // The page is of this origin; no other one is to read anything.
    allowedOrigins: () => false,
    namingFunction: newUploadId,
    async onUploadCreate(request, upload) {
      const { owner } = whoOf(request.runtime?.node)
      await spool.create({ id: upload.id, owner, ...described(upload) })
      return {}
    },
    async onUploadFinish(request, { id }) {
      whoOf(request.runtime?.node).onWhole(id)
      return {}
    },
    onResponseError(_request, error) {
      // The protocol's own refusals have their code and words.
      if (!(error instanceof Error)) return undefined
      const { status } = statusOf(error, logger)
      return { status_code: status.code ?? 500, body: JSON.stringify(status) }
    },
  })
  return {
    async handle(request, response, who) {
      people.set(request, who)
      await server.handle(request, response)
    },
  }
}

/** @throws {ConsoleError} BadRequest */
function described({ size, metadata = {} }: Upload): {
  name: string
  size: number
  modified?: number
  expected?: string
} {
  const bad = (message: string): ConsoleError => new ConsoleError('BadRequest', message)
  const name = (metadata['filename'] ?? '').split(/[/\\]/).at(-1) ?? ''
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (name === '' || name.length > uploadBounds.nameLength || /[\u0000-\u001F\u007F]/.test(name)) {
    throw bad('filename: must be the name of the file')
  }
  if (size === undefined || !Number.isSafeInteger(size) || size < 1) throw bad(`${name} is empty`)
  const modified = Number(metadata['modified'] ?? Number.NaN)
  const expected = metadata['sha256']?.trim().toLowerCase()
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) {
    throw bad('sha256: a SHA-256 checksum has 64 digits of 0 to 9 and a to f')
  }
  return {
    name,
    size,
    ...(Number.isSafeInteger(modified) ? { modified } : {}),
    ...(expected === undefined ? {} : { expected }),
  }
}

class SpoolStore extends DataStore {
  override extensions = ['creation', 'termination']
  readonly #spool: Spool

  constructor(spool: Spool) {
    super()
    this.#spool = spool
  }

  override async remove(id: string): Promise<void> {
    await this.#spool.remove(id)
  }

  override async write(content: Readable, id: string, offset: number): Promise<number> {
    return this.#spool.append(id, offset, content)
  }

  override async getUpload(id: string): Promise<Upload> {
    const { size } = this.#spool.get(id)
    return new Upload({ id, size, offset: await this.#spool.received(id) })
  }
}
