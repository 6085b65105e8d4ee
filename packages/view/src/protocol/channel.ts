/**
 * The live protocol between browser and console server: many channels over one WebSocket, each a file here and one on either side.
 * Frames are JSON texts. A channel is opened under a number of the browser's choice; what comes back carries that number.
 */

import type { ImagesRequest, ImagesUpdate } from './images-channel.ts'
import type { LiveObject, ObjectRequest } from './object-channel.ts'
import type { MetricsRequest, MetricsUpdate } from './metrics-channel.ts'
import type { RowsRequest, RowsUpdate } from './rows-channel.ts'
import type { StorageRequest, StorageUpdate } from './storage-channel.ts'
import type { TasksRequest, TasksUpdate } from './tasks-channel.ts'
import type { TimelineRequest, TimelineUpdate } from './timeline-channel.ts'
import type { WhyRequest, WhyUpdate } from './why-channel.ts'

/** What each channel is asked for, and what it answers. */
export interface Channels {
  rows: { request: RowsRequest; update: RowsUpdate }
  object: { request: ObjectRequest; update: LiveObject }
  storage: { request: StorageRequest; update: StorageUpdate }
  timeline: { request: TimelineRequest; update: TimelineUpdate }
  metrics: { request: MetricsRequest; update: MetricsUpdate }
  why: { request: WhyRequest; update: WhyUpdate }
  images: { request: ImagesRequest; update: ImagesUpdate }
  tasks: { request: TasksRequest; update: TasksUpdate }
}

export type ChannelName = keyof Channels

/** `open` of a number that is open already changes its request: a window that moves. */
export type BrowserMessage =
  | {
      [Name in ChannelName]: { type: 'open'; id: number; channel: Name; request: Channels[Name]['request'] }
    }[ChannelName]
  /** The whole state again: an update was missed. */
  | { type: 'resync'; id: number }
  | { type: 'close'; id: number }

export type ServerMessage =
  | {
      [Name in ChannelName]: { type: 'update'; id: number; channel: Name; update: Channels[Name]['update'] }
    }[ChannelName]
  /** The channel is closed; what to do next stands in the message. */
  | { type: 'refused'; id: number; message: string; reason: 'Forbidden' | 'NotFound' | 'BadRequest' | 'Unavailable' }

/** WebSocket subprotocol. The page's own host in Origin and the session's cookie are required beside it. */
export const liveProtocol = 'live.berth.dev'
/** Where the socket is opened. */
export const livePath = '/api/live'
