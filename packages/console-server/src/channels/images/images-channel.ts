/** Channel `images`: the images of all clusters somebody is signed in at, with schedules and builds. */

import { isJsonObject } from '@berth/meta'
import type { ImagesRequest, ImagesUpdate } from '@berth/view'
import { ConsoleError } from '../../errors.ts'
import { followImages, type ImageSource } from '../../images/image-source.ts'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind } from '../channel.ts'
import { debounced } from '../debounced.ts'
import { placesOf } from '../rows/rows-channel.ts'

const quietMs = 60
const betweenMs = 500
/** A catalogue is no archive: of more than this, people are told how many. */
const maxImages = 2000
const maxBuilds = 200
const maxFresh = 500

export const imagesChannel: ChannelKind<'images'> = {
  cost: 10,
  parse: readRequest,
  open({ context, request: first, send, ready = () => true, work = (task) => task() }) {
    const { session, clock, clusters, logger } = context
    let sent = ''
    const soon = debounced({ clock, afterMs: quietMs, againMs: betweenMs, work: async () => work(tell) })
    let sources = follow(first)

    function follow({ cluster }: ImagesRequest): ImageSource[] {
      return placesOf(session, clusters)
        .filter((place) => cluster === undefined || place.cluster.id === cluster)
        .map((place) => followImages(context.part(watches), place, { onChange: soon.poke, logger }))
    }

    function tell(): void {
      if (!ready()) {
        soon.poke()
        return
      }
      const update = together(sources)
      const text = JSON.stringify(update)
      if (text === sent) return
      sent = text
      send(update)
    }

    soon.poke()
    return {
      change(next) {
        const before = sources
        sources = follow(next)
        for (const source of before) source.close()
        sent = ''
        soon.poke()
      },
      resync() {
        sent = ''
        soon.poke()
      },
      close() {
        soon.stop()
        for (const source of sources) source.close()
      },
    }
  },
}

function readRequest(request: unknown): ImagesRequest {
  const { cluster } = isJsonObject(request) ? request : {}
  if (cluster === undefined) return {}
  if (typeof cluster !== 'string' || cluster.length > 253) {
    throw new ConsoleError('BadRequest', 'request.cluster must be the id of a cluster')
  }
  return { cluster }
}

function together(sources: readonly ImageSource[]): ImagesUpdate {
  const rows = sources.map((source) => source.rows())
  const images = rows.flatMap((each) => each.images).toSorted((left, right) => (left.key < right.key ? -1 : 1))
  const fresh = rows.flatMap((each) => each.fresh)
  const builds = rows.flatMap((each) => each.builds).toSorted((left, right) => right.created - left.created)
  return {
    images: images.slice(0, maxImages),
    fresh: fresh.slice(0, maxFresh),
    builds: builds.slice(0, maxBuilds),
    sources: sources.flatMap((source) => source.sources()),
    more: Math.max(0, images.length - maxImages) + Math.max(0, fresh.length - maxFresh),
  }
}
