/** Every channel of the live protocol that this server serves. */

import type { ChannelName } from '@berth/view'
import type { ChannelKind } from './channel.ts'
import { imagesChannel } from './images/images-channel.ts'
import { metricsChannel } from './metrics/metrics-channel.ts'
import { objectChannel } from './object/object-channel.ts'
import { rowsChannel } from './rows/rows-channel.ts'
import { storageChannel } from './storage/storage-channel.ts'
import { tasksChannel } from './tasks/tasks-channel.ts'
import { timelineChannel } from './timeline/timeline-channel.ts'
import { whyChannel } from './why/why-channel.ts'

export const channelKinds: { readonly [Name in ChannelName]?: ChannelKind<Name> } = {
  images: imagesChannel,
  metrics: metricsChannel,
  object: objectChannel,
  rows: rowsChannel,
  storage: storageChannel,
  tasks: tasksChannel,
  timeline: timelineChannel,
  why: whyChannel,
}
