/** Channel `why`: the chain of causes, worked out with the reader's own rights, and anew when something it rests on changes. */

import { messageOf } from '@berth/base'
import { collectFacts, explain } from '@berth/api'
import { ClientError } from '@berth/kube'
import { StatusError } from '@berth/meta'
import type { WhyUpdate } from '@berth/view'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind } from '../channel.ts'
import { followSurroundings, type Surroundings } from '../machine-surroundings.ts'
import { readMachine } from '../request-fields.ts'
import { signedInAt } from '../signed-in-at.ts'
import { debounced } from '../debounced.ts'

/** An object is written several times while it starts; each costs a dozen reads. */
const quietMs = 200
const betweenMs = 1000
/** What is not watched (nodes, classes, images) may mend it. */
const againMs = 15_000

export const whyChannel: ChannelKind<'why'> = {
  cost: 25,
  parse: readMachine,
  open({ context, request, send, refuse, ready = () => true }) {
    const { clock } = context
    let end = (): void => {}
    let last: WhyUpdate | undefined

    function start(target: typeof request): void {
      end()
      last = undefined
      const at = signedInAt(context, target.cluster)
      if ('refusal' in at) {
        refuse(at.refusal)
        return
      }
      const { namespace, name } = target
      const client = at.cluster.clientFor(at.identity)
      let ended = false
      let cancelAgain = (): void => {}
      const runs = debounced({ clock, afterMs: quietMs, againMs: betweenMs, work })
      const surroundings: Surroundings = followSurroundings({
        watches: context.part(watches),
        ...at,
        namespace,
        name,
        onChange: runs.poke,
      })

      async function work(): Promise<void> {
        cancelAgain()
        let update: WhyUpdate | undefined
        try {
          const facts = await collectFacts(client, { namespace, name })
          if (facts !== undefined) update = updateOf(explain(facts, clock.now()))
        } catch (error) {
          if (ended) return
          if (error instanceof StatusError && error.code === 'Forbidden') {
            refuse({ reason: 'Forbidden', message: error.message })
            return
          }
          const usual = error instanceof StatusError || error instanceof ClientError
          const line = { cluster: target.cluster, namespace, name, error: messageOf(error) }
          // The next round may have more luck; what was said stays until then.
          if (usual) context.logger.debug(line, 'why: the cluster did not answer')
          else context.logger.error(line, 'why: could not be worked out')
        }
        if (ended) return
        if (update !== undefined && JSON.stringify(update) !== JSON.stringify(last)) {
          if (ready()) {
            last = update
            send(update)
          }
        }
        // A machine that is gone may come again, and the watch tells of it.
        if (update?.asWished !== true) cancelAgain = clock.after(againMs, () => runs.poke())
      }

      runs.poke()
      end = () => {
        ended = true
        cancelAgain()
        runs.stop()
        surroundings.stop()
      }
    }

    start(request)
    return {
      change: start,
      resync() {
        if (last !== undefined) send(last)
      },
      close: () => end(),
    }
  },
}

function updateOf({
  status,
  wished,
  wishedBecause,
  asWished,
  findings,
  unread,
}: ReturnType<typeof explain>): WhyUpdate {
  const [first] = findings
  return {
    findings,
    summary: first === undefined ? `It is ${status}, because ${wishedBecause}.` : lastCause(first).says,
    status,
    wished,
    wishedBecause,
    asWished,
    unread: [...unread],
  }
}

/** What is at the end of the first chain is what is to be mended. */
function lastCause(finding: WhyUpdate['findings'][number]): WhyUpdate['findings'][number] {
  const [next] = finding.because
  return next === undefined ? finding : lastCause(next)
}
