/** A server with the built-in kinds and a webhook beside it, anew for each test of a file. */

import { afterEach, beforeEach, expect } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { textAt } from '../../core/fields.ts'
import { coreServer, type Answer, type CoreServer } from '../../testing/core-server.ts'
import { openWebhook, type WebhookServer } from './webhook-server.ts'

export const group = '/apis/admissionregistration.k8s.io'
export const maps = '/api/v1/namespaces/default/configmaps'

export const configMapRule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }

export interface Bench {
  readonly core: CoreServer
  readonly hook: WebhookServer
  /** A webhook on config maps, served by `hook`. */
  readonly webhook: (more?: JsonObject) => JsonObject
  readonly configure: (kind: 'validating' | 'mutating', name: string, ...webhooks: JsonObject[]) => Promise<void>
  /** Creates a config map in the namespace `default`, which has the label `team: a`. */
  readonly create: (name: string, data?: JsonObject, query?: string) => Promise<Answer>
}

/** Call the members of the result inside tests only. */
export function useBench(): Bench {
  let parts: { core: CoreServer; hook: WebhookServer } | undefined
  const opened = (): NonNullable<typeof parts> => {
    if (parts === undefined) throw new Error('the bench is there inside tests only')
    return parts
  }
  beforeEach(async () => {
    parts = { core: coreServer(), hook: await openWebhook() }
    const namespace = { metadata: { name: 'default', labels: { team: 'a' } } }
    await parts.core.call('POST', '/api/v1/namespaces', namespace)
  })
  afterEach(async () => {
    const { core, hook } = opened()
    await core.server.close()
    await hook.close()
    await core.store.close()
  })
  return {
    get core() {
      return opened().core
    },
    get hook() {
      return opened().hook
    },
    webhook(more = {}) {
      const { url, caBundle } = opened().hook
      return {
        name: 'check.berth.example',
        clientConfig: { url: `${url}/check`, caBundle },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        rules: [configMapRule],
        ...more,
      }
    },
    async configure(kind, name, ...webhooks) {
      const body = { metadata: { name }, webhooks }
      expect(await opened().core.call('POST', `${group}/v1/${kind}webhookconfigurations`, body)).toMatchObject({
        code: 201,
      })
    },
    create: (name, data = {}, query = '') =>
      opened().core.call('POST', `${maps}${query}`, { metadata: { name }, data }),
  }
}

export const message = ({ body }: Answer): string => textAt(body, 'message')
