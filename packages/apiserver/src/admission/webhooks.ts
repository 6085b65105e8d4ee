/** The plug-ins that call admission webhooks, over one store. */

import type { Logger } from '@berth/base'
import type { Authorizer } from '../auth/user.ts'
import type { Store } from '../storage/store.ts'
import { Followed } from './match/followed.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { releaseWebhooks, webhooksOf } from './webhook/configuration.ts'
import type { WebhookMetrics } from './webhook/metrics.ts'
import { mutatingWebhooks } from './webhook/mutating.ts'
import { storedServices, type ResolveService } from './webhook/services.ts'
import { validatingWebhooks } from './webhook/validating.ts'

export interface WebhookAdmissionOptions {
  store: Store
  /** Answers `authorizer` in match conditions. */
  authorizer: Authorizer
  logger: Logger
  /** A version 4 UUID for each review. */
  uuid: () => string
  /** The way to the service of a webhook; endpoints in the store unless given. */
  resolveService?: ResolveService
  metrics?: WebhookMetrics
}

export interface WebhookAdmission {
  readonly mutating: AdmissionPlugin
  readonly validating: AdmissionPlugin
  /** Stops following configurations and closes idle connections. */
  close(): void
}

export function webhookAdmission(options: WebhookAdmissionOptions): WebhookAdmission {
  const { store } = options
  const follow = (resource: string) =>
    new Followed({
      store,
      collection: `admissionregistration.k8s.io/${resource}`,
      compile: webhooksOf,
      release: releaseWebhooks,
    })
  const services = {
    ...options,
    resolveService: options.resolveService ?? storedServices(store),
    metrics: options.metrics,
  }
  const mutating = follow('mutatingwebhookconfigurations')
  const validating = follow('validatingwebhookconfigurations')
  return {
    mutating: mutatingWebhooks({ ...services, configurations: mutating }),
    validating: validatingWebhooks({ ...services, configurations: validating }),
    close() {
      mutating.close()
      validating.close()
    },
  }
}
