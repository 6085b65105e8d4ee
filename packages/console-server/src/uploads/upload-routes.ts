/** `/api/uploads`: tus for the bytes, and a few calls of our own for what becomes of them. A person sees and goes on with their own only. */

import { isJsonObject } from '@berth/meta'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { uploadsPath, type UploadInfo } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import { readSegment } from '../channels/request-fields.ts'
import type { Routes } from '../http/routes.ts'
import type { Session } from '../sessions/session.ts'
import { parseWish } from './parse-wish.ts'
import { uploads, type Uploads } from './uploads.ts'

const chunkType = 'application/offset+octet-stream'

export const uploadRoutes: Routes = (parent, context) => {
  const { person, part } = context
  const open = async () => part(uploads).open()
  const idOf = (params: unknown): string => readSegment(isJsonObject(params) ? params : {}, 'id')

  const list = async (owner: string): Promise<UploadInfo[]> => (await open()).list(owner)
  parent.get(uploadsPath, (request) => list(person(request).owner))

  parent.put(`${uploadsPath}/:id/wish`, async (request) => {
    const wish = parseWish(request.body)
    context.cluster(wish.cluster)
    return (await open()).wish(person(request), idOf(request.params), wish)
  })

  parent.get(`${uploadsPath}/:id/machine`, async (request) =>
    (await open()).package(person(request).owner, idOf(request.params)),
  )

  void parent.register(async (app) => {
    app.removeAllContentTypeParsers()
    // tus reads it as it comes.
    app.addContentTypeParser(chunkType, (_request, _body, done) => done(null))
    app.route({
      method: ['POST', 'HEAD', 'PATCH', 'DELETE'],
      url: `${uploadsPath}/:id`,
      exposeHeadRoute: false,
      async handler(request, reply) {
        const session = person(request)
        const all = await open()
        const id = idOf(request.params)
        all.spool.find(session.owner, id)
        if (request.method === 'DELETE') await all.cancel(id)
        await speakTus(all, session, { request, reply })
      },
    })
    app.post(uploadsPath, async (request, reply) => {
      // Bytes come by PATCH only, so that there is one way in which they do.
      if (request.headers['content-type'] !== undefined) {
        throw new ConsoleError('BadRequest', 'an upload is made without content')
      }
      await speakTus(await open(), person(request), { request, reply })
    })
  })
}

/** tus writes the answer itself; what the application says of every answer is said first. */
async function speakTus(
  all: Uploads,
  session: Session,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  const end = (): void => void request.raw.destroy()
  // Who has signed out sends nothing more.
  session.signal.addEventListener('abort', end, { once: true })
  try {
    await all.door.handle(request.raw, raw, { owner: session.owner, onWhole: (id) => all.onWhole(session, id) })
  } catch {
    // The line is broken, and with it goes whoever would have read why; what has arrived is kept.
    raw.destroy()
  } finally {
    session.signal.removeEventListener('abort', end)
  }
}
