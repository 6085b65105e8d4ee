/** `GET /api/clusters/:cluster/capabilities?namespace=` */

import { isDns1123Label } from '@berth/meta'
import type { Capabilities } from '@berth/view'
import type { FastifyRequest } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { Routes } from '../http/routes.ts'
import { identityKey } from '../watches/identity-key.ts'
import { watches } from '../watches/registry.ts'
import { findCapabilities } from './find-capabilities.ts'

/** Pages ask when they are opened, and several are opened at once. */
const keepMs = 5_000
const maxKept = 200

export const capabilityRoutes: Routes = (app, { person, cluster, part, clock }) => {
  const kept = new Map<string, { atMs: number; found: Promise<Capabilities> }>()

  app.get('/api/clusters/:cluster/capabilities', (request) => answer(request))

  async function answer(request: FastifyRequest): Promise<Capabilities> {
    const { cluster: id } = request.params as { cluster: string } // the route's own pattern
    const target = cluster(id)
    const identity = person(request).identities.get(target.id)
    if (identity === undefined) throw new ConsoleError('Forbidden', `you are not signed in to ${target.name}`)
    const namespace = namespaceOf(request.query) ?? target.namespace
    const key = `${target.id} ${namespace} ${identityKey(identity)}`
    const nowMs = clock.now().getTime()
    const known = kept.get(key)
    if (known !== undefined && nowMs - known.atMs < keepMs) return known.found
    const found = findCapabilities({ cluster: target, identity, namespace, watches: part(watches), clock })
    kept.delete(key)
    kept.set(key, { atMs: nowMs, found })
    for (const old of kept.keys()) {
      if (kept.size <= maxKept) break
      kept.delete(old)
    }
    const capabilities = await found
    // What went wrong is asked again at once.
    if (capabilities.problems.length > 0 && kept.get(key)?.found === found) kept.delete(key)
    return capabilities
  }
}

function namespaceOf(query: unknown): string | undefined {
  if (typeof query !== 'object' || query === null || !('namespace' in query)) return undefined
  const { namespace } = query
  if (typeof namespace === 'string' && isDns1123Label(namespace)) return namespace
  throw new ConsoleError('BadRequest', 'namespace: must be the name of one namespace')
}
