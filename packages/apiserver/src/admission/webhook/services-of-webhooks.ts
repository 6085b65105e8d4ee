/** What both plug-ins that call webhooks work with. */

import type { BindingServices } from '../expression/bindings.ts'
import type { Followed } from '../match/followed.ts'
import type { CallServices } from './call.ts'
import type { Webhook } from './configuration.ts'

export interface WebhookServices extends BindingServices, CallServices {
  readonly configurations: Followed<readonly Webhook[]>
}
