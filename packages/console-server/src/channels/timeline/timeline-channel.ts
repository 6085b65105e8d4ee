/** Channel `timeline`: what happened to a machine, newest last; only to those who may read the machine. */

import { virtualMachines, type VirtualMachine } from '@berth/api'
import type { TimelineEntry } from '@berth/view'
import { tasks } from '../../tasks/tasks.ts'
import type { View } from '../../watches/contract.ts'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind } from '../channel.ts'
import { followSurroundings } from '../machine-surroundings.ts'
import { readMachine } from '../request-fields.ts'
import { signedInAt } from '../signed-in-at.ts'
import { debounced } from '../debounced.ts'
import { createdEntry, eventEntry, phaseEntries, taskEntries } from './entries.ts'
import { history } from './history.ts'

const quietMs = 150
const betweenMs = 500
const maxEntries = 400

export const timelineChannel: ChannelKind<'timeline'> = {
  cost: 15,
  parse: readMachine,
  open({ context, request, send, refuse, ready = () => true }) {
    const seen = context.part(history)
    let end = (): void => {}
    let resync = (): void => {}

    function start({ cluster: id, namespace, name }: typeof request): void {
      end()
      const at = signedInAt(context, id)
      if ('refusal' in at) {
        refuse(at.refusal)
        return
      }
      const registry = context.part(watches)
      /** By id, as they were sent; undefined before the first time. */
      let sent: Map<string, string> | undefined
      const soon = debounced({ clock: context.clock, afterMs: quietMs, againMs: betweenMs, work: tell })
      const surroundings = followSurroundings({ watches: registry, ...at, namespace, name, onChange: soon.poke })
      // The same watch as above, which says what changed.
      const changes: View<VirtualMachine> = registry.follow({
        ...at,
        resource: virtualMachines,
        where: { namespace, name },
        onChange: (current, previous) => {
          const whole = async (): Promise<VirtualMachine> =>
            at.cluster.clientFor(at.identity).get(virtualMachines, { namespace, name })
          seen.saw({ cluster: id, current, previous, whole })
          soon.poke()
        },
      })

      async function tell(): Promise<void> {
        const { state } = surroundings
        if (state.state === 'forbidden') {
          refuse({ reason: 'Forbidden', message: state.message })
          return
        }
        if (state.state === 'loading') return
        if (!ready()) {
          soon.poke()
          return
        }
        const entries = entriesNow()
        const texts = new Map(entries.map((entry) => [entry.id, JSON.stringify(entry)]))
        const before = sent
        sent = texts
        if (before === undefined) {
          send({ kind: 'all', entries })
          return
        }
        const fresh = entries.filter((entry) => before.get(entry.id) !== texts.get(entry.id))
        if (fresh.length > 0) send({ kind: 'more', entries: fresh })
      }

      function entriesNow(): TimelineEntry[] {
        const { machine, instance, events } = surroundings
        // A cluster that does not answer has not said that they may see the machine.
        const sees = surroundings.state.state === 'live' || machine !== undefined || instance !== undefined
        const reader = context.session.owner
        const all = [
          ...(machine === undefined ? [] : [...createdEntry(machine), ...seen.of(id, machine)]),
          ...(instance === undefined ? [] : phaseEntries(instance)),
          ...events.map(eventEntry),
          ...(sees ? taskEntries(context.part(tasks).book.all(), { cluster: id, namespace, name, reader }) : []),
        ]
        return all.sort((left, right) => left.time.localeCompare(right.time)).slice(-maxEntries)
      }

      const offHistory = seen.onChange(soon.poke)
      soon.poke()
      resync = () => {
        sent = undefined
        soon.poke()
      }
      end = () => {
        soon.stop()
        offHistory()
        changes.stop()
        surroundings.stop()
      }
    }

    start(request)
    return { change: start, resync: () => resync(), close: () => end() }
  },
}
