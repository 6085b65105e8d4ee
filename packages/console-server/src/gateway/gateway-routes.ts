/** `/api/clusters/:cluster/k8s/*`: the cluster's own API, as the person. */

import type { FastifyInstance } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { RouteContext } from '../http/routes.ts'
import { clusterPath } from './path.ts'
import { forward, maxBodyBytes } from './forward.ts'

export function gatewayRoutes(parent: FastifyInstance, { person, cluster }: RouteContext): void {
  void parent.register(async (app) => {
    // Bodies pass as they are, whatever they hold.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    app.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/api/clusters/:cluster/k8s/*',
      bodyLimit: maxBodyBytes,
      exposeHeadRoute: false,
      async handler(request, reply) {
        const session = person(request)
        const { cluster: id } = request.params as { cluster: string } // the route's own pattern
        const target = cluster(id)
        const identity = session.identities.get(target.id)
        if (identity === undefined) throw new ConsoleError('Forbidden', `you are not signed in to ${target.name}`)
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        const answer = await forward(target.clientFor(identity), {
          method: request.method,
          path: clusterPath(afterPrefix(request.raw.url ?? '')),
          headers: request.headers,
          body: Buffer.isBuffer(request.body) ? request.body : undefined,
          signal: AbortSignal.any([session.signal, gone.signal]),
        })
        return reply.code(answer.code).headers(answer.headers).send(answer.body)
      },
    })
  })
}

/** What stands behind `/api/clusters/<cluster>/k8s/`, as it was sent. */
function afterPrefix(url: string): string {
  const match = /^\/api\/clusters\/[^/?]+\/k8s\/(.*)$/s.exec(url)
  return match?.[1] ?? ''
}
