/** Many channels over one WebSocket. Each is a `ChannelKind` of the table; here is what is the same for all of them. */

import { messageOf } from '@berth/base'
import { StatusError } from '@berth/meta'
import { closeCodes, type ServerMessage } from '@berth/view'
import type { RawData, WebSocket } from 'ws'
import type { ChannelContext, OpenChannel, Refusal } from '../channels/channel.ts'
import { channelKinds } from '../channels/channel-table.ts'
import { ConsoleError } from '../errors.ts'
import { parseLiveMessage, type LiveMessage } from './live-message.ts'
import { maxChannels as maxChannelsOfPerson, nothingOpen, type OpenOf } from './people.ts'

const maxChannels = 64
/** A browser that has not taken this much gets nothing more until it has; then each channel sends its state as it is by then. */
const maxUnsentBytes = 1024 * 1024
/** A wheel that turns makes sixty windows a second. */
const maxMessagesPerSecond = 500
/** Of any request, however little it asks for. Milliseconds. */
const leastCost = 0.5

type OpenMessage = Extract<LiveMessage, { type: 'open' }>

interface Held {
  name: string
  /** The table's entry knows what its requests are; here they only pass through. */
  channel: OpenChannel<unknown>
  /** Updates were dropped. */
  behind: boolean
}

/** A channel of any name, as the multiplexer sees it. */
interface AnyKind {
  cost?: number
  parse(request: unknown): unknown
  open(options: {
    context: ChannelContext
    request: unknown
    send: (update: unknown) => void
    refuse: (refusal: Refusal) => void
    ready: () => boolean
    work: <Result>(task: () => Result) => Result
  }): OpenChannel<unknown>
}

/**
 * @param options.table of channels; the server's own unless given
 * @param options.person what they have open, on this socket and others
 */
export function serveLive(
  socket: WebSocket,
  context: ChannelContext,
  {
    table = channelKinds,
    person = nothingOpen(),
  }: { table?: { readonly [name: string]: unknown }; person?: OpenOf } = {},
): void {
  const { logger } = context
  const { effort } = person
  const held = new Map<number, Held>()
  /** Asked for by somebody who has to wait: of each number the newest. */
  const waiting = new Map<number, OpenMessage>()
  let turn: NodeJS.Timeout | undefined
  let second = 0
  let messages = 0
  let draining: NodeJS.Timeout | undefined

  function send(message: unknown): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }

  function close(id: number): void {
    waiting.delete(id)
    const known = held.get(id)
    if (held.delete(id)) person.channels -= 1
    known?.channel.close()
  }

  function refuse(id: number, { reason, message }: Refusal): void {
    close(id)
    send({ type: 'refused', id, reason, message } satisfies ServerMessage)
  }

  /** Without a queue: what was dropped is made good with the state at that moment. */
  function catchUp(): void {
    draining ??= setInterval(() => {
      if (socket.bufferedAmount > maxUnsentBytes / 4) return
      clearInterval(draining)
      draining = undefined
      for (const channel of held.values()) {
        if (!channel.behind) continue
        channel.behind = false
        channel.channel.resync()
      }
    }, 50)
  }

  /** In turn, once there is room for the work. */
  function openLater(): void {
    turn ??= setTimeout(() => {
      turn = undefined
      for (const message of waiting.values()) {
        if (effort.waitMs() > 0) return openLater()
        waiting.delete(message.id)
        open(message)
      }
    }, effort.waitMs())
  }

  function ask(message: OpenMessage): void {
    if (effort.waitMs() === 0 && waiting.size === 0) return open(message)
    if (!waiting.has(message.id) && waiting.size >= maxChannels) {
      return refuse(message.id, { reason: 'Unavailable', message: 'more is asked for than there is time for' })
    }
    waiting.set(message.id, message)
    openLater()
  }

  function open({ id, channel: name, request }: OpenMessage): void {
    // Each kind takes what its own `parse` gave, which is all that happens here.
    const kind = Object.hasOwn(table, name) ? (table[name] as AnyKind) : undefined
    if (kind === undefined) return refuse(id, { reason: 'NotFound', message: `there is no channel "${name}"` })
    const known = held.get(id)
    effort.charge(Math.max(leastCost, kind.cost ?? 0))
    try {
      const parsed = kind.parse(request)
      if (known?.name === name) return effort.spend(() => known.channel.change(parsed))
      close(id)
      if (held.size >= maxChannels) {
        return refuse(id, { reason: 'Unavailable', message: `more than ${maxChannels} channels are open` })
      }
      if (person.channels >= maxChannelsOfPerson) {
        return refuse(id, { reason: 'Unavailable', message: `you have more than ${maxChannelsOfPerson} channels open` })
      }
      // A channel may refuse or send before `open` has given it back.
      let refused: Refusal | undefined
      const entry: Held = { name, channel: nothing, behind: false }
      held.set(id, entry)
      person.channels += 1
      const isOpen = (): boolean => held.get(id) === entry
      entry.channel = effort.spend(() =>
        kind.open({
          context,
          request: parsed,
          send(update) {
            if (!isOpen()) return
            if (socket.bufferedAmount > maxUnsentBytes) {
              entry.behind = true
              catchUp()
            } else send({ type: 'update', id, channel: name, update })
          },
          refuse(refusal) {
            if (!isOpen()) return
            if (entry.channel === nothing) refused = refusal
            else refuse(id, refusal)
          },
          ready: () => effort.waitMs() === 0,
          work: (task) => effort.spend(task),
        }),
      )
      if (refused !== undefined) refuse(id, refused)
    } catch (error) {
      refuse(
        id,
        refusalOf(error, (number) => logger.error({ error: messageOf(error), channel: name, number }, 'failed')),
      )
    }
  }

  function receive(data: RawData, isBinary: boolean): void {
    const now = Math.floor(context.clock.now().getTime() / 1000)
    messages = now === second ? messages + 1 : 1
    second = now
    if (messages > maxMessagesPerSecond) return socket.close(closeCodes.tooMany, 'too many messages')
    const message = isBinary ? undefined : parseLiveMessage(textOf(data))
    if (message === undefined) return socket.close(closeCodes.badMessage, 'no message of this protocol')
    switch (message.type) {
      case 'open':
        return ask(message)
      case 'resync':
        return effort.spend(() => held.get(message.id)?.channel.resync())
      case 'close':
        return close(message.id)
    }
  }

  socket.on('message', receive)
  socket.once('close', () => {
    clearInterval(draining)
    clearTimeout(turn)
    waiting.clear()
    for (const id of held.keys()) close(id)
  })
}

const nothing: OpenChannel<unknown> = { change() {}, resync() {}, close() {} }

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : ''
}

function refusalOf(error: unknown, unexpected: (number: string) => void): Refusal {
  if (error instanceof StatusError) {
    const reason = error.httpCode === 403 ? 'Forbidden' : error.httpCode === 404 ? 'NotFound' : 'Unavailable'
    return { reason, message: error.message }
  }
  if (error instanceof ConsoleError) {
    const reasons: Readonly<Record<string, Refusal['reason']>> = {
      BadRequest: 'BadRequest',
      Forbidden: 'Forbidden',
      NotFound: 'NotFound',
    }
    return { reason: reasons[error.code] ?? 'Unavailable', message: error.message }
  }
  const number = crypto.randomUUID()
  unexpected(number)
  return { reason: 'Unavailable', message: `something went wrong in the console; its log has the cause as ${number}` }
}
