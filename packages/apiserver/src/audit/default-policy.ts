/**
 * What is kept when nobody gave a policy: who changed what, without a word of any secret. Reading and the machinery's own
 * heartbeat, which are most of the traffic, are left out.
 */

import type { JsonObject } from '@berth/meta'
import { readAuditPolicy, type AuditPolicy } from './policy.ts'

/** Hold secrets, or often do: what they are called and who touched them is kept, what is in them is not. */
const secretive: JsonObject[] = [
  { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
  { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
]

export const defaultAuditPolicy: AuditPolicy = readAuditPolicy({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    {
      level: 'None',
      nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version*', '/openapi*', '/api*', '/metrics', '/'],
    },
    { level: 'None', resources: [{ group: '', resources: ['events'] }, { group: 'events.k8s.io' }] },
    // Before the next rules: who read a secret matters as much as who wrote one.
    { level: 'Metadata', resources: secretive },
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'Request', resources: [{ group: 'rbac.authorization.k8s.io' }] },
    { level: 'Metadata' },
  ],
})
