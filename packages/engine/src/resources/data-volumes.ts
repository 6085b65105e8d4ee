/** CDI's kinds: DataVolumes with their rules, DataSources of this host's images, and what clients read of the configuration. */

import {
  admitDataImportCron,
  admitDataVolume,
  dataSourceCauses,
  resources,
  type DataImportCron,
  type DataSource,
  type DataVolume,
  type HostAbilities,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { scheduleProblem } from '@berth/base'
import { deepEqual, type StatusCause } from '@berth/meta'
import { cdiConfigDefinition } from './cdi-config.ts'
import { typed } from './typed.ts'
import { allSchemas } from './schemas.ts'
import { isEngine } from './who.ts'
import type { EngineServices } from '../services.ts'
import { noteAsker } from '../volumes/asker.ts'
import { requireCloneRights, requireSourceRights } from '../volumes/clone-rights.ts'
import { imageNamespace } from '../volumes/image-publisher.ts'

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
        default(object, previous, { user }) {
          // The schema has vouched for the shape.
          const [volume, known] = [object, previous] as unknown as [DataVolume, DataVolume | undefined]
          noteAsker(volume, known, { user, disks: [volume.spec], before: known === undefined ? [] : [known.spec] })
        },
        async validate(object, previous, { user, namespace = '' }) {
          // As above.
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
    {
      ...typed(resources.dataSource, allSchemas),
      rules: {
        async validate(object, previous, { user, namespace = '' }): Promise<StatusCause[]> {
          if (isEngine(user)) return []
          const source = object as unknown as DataSource
          const changed = !deepEqual(source.spec, (previous as unknown as DataSource | undefined)?.spec)
          // One that names nothing stands for an image of this host; versions of image builds name their disks.
          const ofHost = namespace === imageNamespace && Object.keys(source.spec.source).length === 0
          if (ofHost) return changed ? [imagesOnly] : []
          if (changed) await requireSourceRights(services().client, user, source)
          return dataSourceCauses(source)
        },
      },
    },
    {
      ...typed(resources.dataImportCron, allSchemas),
      rules: {
        async validate(object, previous, { user, namespace = '' }): Promise<StatusCause[]> {
          if (isEngine(user)) return []
          const cron = object as unknown as DataImportCron
          if (previous === undefined) {
            await requireCloneRights(services().client, user, { namespace, disks: [cron.spec.template.spec] })
          }
          admitDataImportCron(cron, {
            host,
            previous: previous as unknown as DataImportCron | undefined,
            scheduleProblem: cron.spec.schedule === '' ? undefined : scheduleProblem(cron.spec.schedule),
          })
          return []
        },
      },
    },
    madeByEngine(
      typed(resources.storageProfile, allSchemas),
      'the embedded engine has one storage class, and its profile cannot be changed',
    ),
    cdiConfigDefinition(),
  ]
}

const imagesOnly: StatusCause = {
  reason: 'FieldValueForbidden',
  field: 'metadata.namespace',
  message: `the embedded engine publishes its own images in ${imageNamespace} (\`berth image build\` makes one); use another namespace`,
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
