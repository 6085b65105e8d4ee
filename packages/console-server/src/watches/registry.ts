/** All watches of the server: each is made for whoever asks first, shared by who asks later, and ends a minute after the last. */

import type { Clock, Logger } from '@berth/base'
import type { KubeObject, Resource } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Part } from '../parts.ts'
import type { Feed, FollowOptions, Variant, Visibility, Watches, Where } from './contract.ts'
import { followFeed } from './follow.ts'
import { identityKey } from './identity-key.ts'
import { createPersonNamespaces } from './person-namespaces.ts'
import { watchAsPerson } from './personal-source.ts'
import { createRights } from './rights.ts'
import { createShared } from './shared.ts'
import { startSource, type Source } from './source.ts'
import { createTurns } from './turns.ts'
import { watchVisibility, type VisibilitySource } from './visibility.ts'

interface FeedOptions<T extends KubeObject> {
  cluster: Cluster
  identity: Identity
  resource: Resource<T>
  where?: Where
  variant?: Variant<T>
}

/** Watches of single people that wait for a page to be opened again, of everybody together. */
const maxUnusedOwn = 500

/** @param options.lingerMs how long an unused watch stays open; a minute unless given */
export function createWatches(options: { clock: Clock; logger: Logger; lingerMs?: number }): Watches {
  const { clock, logger, lingerMs = 60_000 } = options
  const rights = createRights(clock)
  const namespaces = createPersonNamespaces(clock)
  const turns = createTurns(clock)
  const end = (source: Source<never>): Promise<void> => source.stop()
  const sources = createShared<Source<never>>({ clock, lingerMs, end })
  const ownSources = createShared<Source<never>>({ clock, lingerMs, maxUnused: maxUnusedOwn, end })
  // Answers about rights are worth keeping for as long as somebody looks.
  const visibilities = createShared<VisibilitySource>({ clock, lingerMs: 1_000, end: (source) => source.stop() })

  /** A key holds the kind, so what is found under it has the kind's objects. */
  function take<T extends KubeObject>(
    key: string,
    make: () => Source<T>,
    from = sources,
  ): { source: Source<T>; release: () => void } {
    const { value, release } = from.take(key, make as () => Source<never>)
    return { source: value, release }
  }

  function sourceFor<T extends KubeObject>(of: FeedOptions<T>): { source: Source<T>; release: () => void } {
    const { cluster, identity, resource, where, variant } = of
    const what = JSON.stringify([cluster.id, resource.group, resource.version, resource.resource, variant?.id])
    const narrow = where === undefined ? undefined : JSON.stringify(where)
    const place = { cluster: cluster.name, resource, variant, clock, logger }
    const { service } = cluster
    if (where === undefined && service !== undefined) {
      return take(`service ${what}`, () => startSource({ client: service, ...place }))
    }
    const person = identityKey(identity)
    const own = (part: Where | undefined): { source: Source<T>; release: () => void } =>
      take(
        `${person} ${what} ${JSON.stringify(part)}`,
        () =>
          startSource({
            client: cluster.clientFor(identity),
            ...place,
            where: part,
            turn: (begin) => turns.take(`${cluster.id} ${person}`, begin),
          }),
        ownSources,
      )
    if (narrow !== undefined) return own(where)
    return take(`${person} ${what}`, () =>
      watchAsPerson({
        cluster,
        identity,
        resource,
        rights,
        namespaces,
        clock,
        take: (namespace) => own(namespace === undefined ? {} : { namespace }),
      }),
    )
  }

  function feed<T extends KubeObject>(of: FeedOptions<T>): Feed<T> {
    const { source, release } = sourceFor(of)
    const off = new Set<() => void>()
    const listening = (stop: () => void): (() => void) => {
      off.add(stop)
      return () => {
        off.delete(stop)
        stop()
      }
    }
    return {
      get state() {
        return source.state
      },
      get synced() {
        return source.synced
      },
      get: (namespace, name) => source.get(namespace, name),
      list: () => source.list(),
      onChange: (listener) => listening(source.onChange(listener)),
      onState: (listener) => listening(source.onState(listener)),
      release() {
        for (const stop of off) stop()
        off.clear()
        release()
      },
    }
  }

  function visibility(of: Parameters<Watches['visibility']>[0]): Visibility {
    const { cluster, identity, resource, verb = 'list', name } = of
    const key = JSON.stringify([cluster.id, identityKey(identity), resource.group, resource.resource, verb, name])
    const make = (): VisibilitySource => watchVisibility({ cluster, identity, resource, verb, name, rights, clock })
    const { value, release } = visibilities.take(key, make)
    const off = new Set<() => void>()
    return {
      get everywhere() {
        return value.everywhere
      },
      get known() {
        return value.known
      },
      allows: (namespace) => value.allows(namespace),
      knows: (namespace) => value.knows(namespace),
      onChange(listener) {
        const stop = value.onChange(listener)
        off.add(stop)
        return stop
      },
      release() {
        for (const stop of off) stop()
        release()
      },
    }
  }

  return {
    rights,
    feed,
    visibility,
    follow<T extends KubeObject>(of: FollowOptions<T>) {
      const { cluster, identity, resource, where, variant } = of
      const place = { cluster, identity, resource }
      const named = where?.name === undefined ? {} : { name: where.name }
      return followFeed(
        feed({
          ...place,
          ...(where === undefined ? {} : { where }),
          ...(variant === undefined ? {} : { variant }),
        }),
        visibility({ ...place, ...named }),
        of,
      )
    },
    async close() {
      await Promise.all([sources.close(), ownSources.close(), visibilities.close()])
    },
  }
}

/** `context.part(watches)`: the one registry of the server. */
export const watches: Part<Watches> = {
  name: 'watches',
  create: ({ clock, logger }) => createWatches({ clock, logger }),
  close: (made) => made.close(),
}
