/** Versions that subresources.kubevirt.io is served in. */

import type { ResourceVersionDefinition } from '@berth/apiserver'

export const subresourceVersions: ResourceVersionDefinition[] = [{ name: 'v1' }, { name: 'v1alpha3' }]
