/** CDI's kinds: DataVolumes with their rules, DataSources of this host's images, and what clients read of the configuration. */

import { admitDataVolume, resources, type DataVolume, type HostAbilities } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { StatusCause } from '@berth/meta'
import { typed } from './typed.ts'
import { allSchemas } from './schemas.ts'
import { isEngine } from './who.ts'
import type { EngineServices } from '../services.ts'
import { requireCloneRights } from '../volumes/clone-rights.ts'

export function dataVolumeDefinitions({
  host,
  services,
}: {
  host: HostAbilities
  services: () => EngineServices
}): ResourceDefinition[] {
  return [
    {
      ...typed(resources.dataVolume, allSchemas),
      rules: {
        async validate(object, previous, { user, namespace = '' }) {
          // The schema has vouched for the shape.
          const volume = object as unknown as DataVolume
          // What the engine makes was asked for by somebody who was checked then.
          if (previous === undefined && !isEngine(user)) {
            await requireCloneRights(services().client, user, { namespace, disks: [volume.spec] })
          }
          admitDataVolume(volume, { host, previous: previous as unknown as DataVolume | undefined })
          return []
        },
      },
    },
    madeByEngine(
      typed(resources.dataSource, allSchemas),
      'the embedded engine publishes its own images as DataSources; make one with `berth image build`',
    ),
    madeByEngine(
      typed(resources.storageProfile, allSchemas),
      'the embedded engine has one storage class, and its profile cannot be changed',
    ),
    madeByEngine(
      typed(resources.cdiConfig, allSchemas),
      'the embedded engine does not honour a configuration of CDI yet',
    ),
  ]
}

/** Everybody may look; a change would be without effect, and so is refused. */
function madeByEngine(definition: ResourceDefinition, message: string): ResourceDefinition {
  return {
    ...definition,
    rules: {
      validate: (_object, _previous, { user }): StatusCause[] =>
        isEngine(user) ? [] : [{ reason: 'FieldValueForbidden', field: 'spec', message }],
    },
  }
}
