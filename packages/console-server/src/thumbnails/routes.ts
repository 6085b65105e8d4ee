/** `GET /api/clusters/:cluster/thumbnails/:namespace/:name.png` */

import { isDns1123Label, isDns1123Subdomain } from '@berth/meta'
import { ConsoleError } from '../errors.ts'
import type { Routes } from '../http/routes.ts'
import { identityKey } from '../watches/identity-key.ts'
import { Pictures } from './pictures.ts'

export const thumbnailRoutes: Routes = (app, context) => {
  const pictures = new Pictures(context.clock)
  app.get<{ Params: { cluster: string; namespace: string; file: string } }>(
    '/api/clusters/:cluster/thumbnails/:namespace/:file',
    async (request, reply) => {
      const { namespace, file } = request.params
      const cluster = context.cluster(request.params.cluster)
      const identity = context.person(request).identities.get(cluster.id)
      if (identity === undefined) throw new ConsoleError('Forbidden', `you are not signed in to ${cluster.name}`)
      const name = file.endsWith('.png') ? file.slice(0, -'.png'.length) : ''
      if (!isDns1123Label(namespace) || !isDns1123Subdomain(name)) {
        throw new ConsoleError('NotFound', `${namespace}/${file} names no picture of a machine`)
      }
      const who = `${cluster.id} ${identityKey(identity)}`
      const picture = await pictures.of({ who, client: cluster.clientFor(identity), namespace, name })
      return reply.header('content-type', 'image/png').header('cache-control', 'private, no-store').send(picture)
    },
  )
}
