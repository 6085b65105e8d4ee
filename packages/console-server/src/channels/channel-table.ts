/** Every channel of the live protocol that this server serves. */

import type { ChannelName } from '@berth/view'
import type { ChannelKind } from './channel.ts'

export const channelKinds: { readonly [Name in ChannelName]?: ChannelKind<Name> } = {}
