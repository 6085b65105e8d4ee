/** Paths of subresources.kubevirt.io that name no machine: what version serves, and whether it is well. */

import type { ResourceDefinition, Subresource } from '@berth/apiserver'
import { subresourceGroup } from '@berth/api'
import type { JsonObject } from '@berth/meta'
import { kubevirtVersion } from '../version.ts'
import { guestfs } from './not-here.ts'
import { subresourceVersions } from './versions.ts'

/** `virtctl version` warns unless `gitVersion` is a semantic version. */
const version: JsonObject = {
  gitVersion: kubevirtVersion,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: '',
  compiler: 'node',
  platform: `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`,
}

export function aboutDefinitions(): ResourceDefinition[] {
  return [
    endpoint('Version', 'version', async () => ({ kind: 'json', body: version })),
    endpoint('Guestfs', 'guestfs', guestfs),
    endpoint('Health', 'healthz', async () => ({ kind: 'json', body: { apiserver: { connectivity: 'ok' } } })),
  ]
}

function endpoint(kind: string, resource: string, handle: Subresource['handle']): ResourceDefinition {
  return {
    group: subresourceGroup,
    versions: subresourceVersions,
    kind,
    resource,
    singular: resource,
    namespaced: false,
    verbs: [],
    schemaName: `io.kubevirt.subresources.v1.${resource}`,
    schema: { type: 'object' },
    collection: { methods: ['GET'], handle },
  }
}
