/** Images of one cluster, as one person may see them: made anew from what their views hold, when somebody looks. */

import { dataImportCrons, dataSources, imageBuilds } from '@berth/api'
import { messageOf, type Logger } from '@berth/base'
import type { KubeObject, Resource } from '@berth/meta'
import { buildRow, freshRow, imageRows, type ImagesUpdate, type SourceState } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { kinds } from '../rows/kinds.ts'
import type { Variant, View, Watches } from '../watches/contract.ts'

/** Machines, claims and DataVolumes are the lists' own watches. */
const imageKinds = {
  dataSources: { resource: dataSources, variant: { id: 'images' } },
  crons: { resource: dataImportCrons, variant: { id: 'images' } },
  builds: { resource: imageBuilds, variant: { id: 'images', shape: withoutContent } },
  dataVolumes: kinds.dataVolumes,
  claims: kinds.claims,
  machines: kinds.machines,
} as const

type Name = keyof typeof imageKinds
type ObjectOf<Of extends Name> = (typeof imageKinds)[Of]['resource'] extends Resource<infer T> ? T : never

export interface ImageSource {
  rows(): Pick<ImagesUpdate, 'images' | 'fresh' | 'builds'>
  /** How each kind does, for this person. */
  sources(): SourceState[]
  close(): void
}

export function followImages(
  watches: Watches,
  { cluster, identity }: { cluster: Cluster; identity: Identity },
  { onChange, logger }: { onChange: () => void; logger: Logger },
): ImageSource {
  const views = new Map<Name, View<KubeObject>>()
  for (const name of Object.keys(imageKinds) as Name[]) {
    // Each kind with its own variant; together they are only seen as objects.
    const { resource, variant } = imageKinds[name] as { resource: Resource<KubeObject>; variant: Variant<KubeObject> }
    views.set(name, watches.follow({ cluster, identity, resource, variant, onChange, onState: onChange }))
  }
  function list<Of extends Name>(name: Of): readonly Readonly<ObjectOf<Of>>[] {
    // The view of that name was made from that kind.
    return (views.get(name)?.list() ?? []) as unknown as readonly Readonly<ObjectOf<Of>>[]
  }
  return {
    rows() {
      try {
        const dataVolumes = list('dataVolumes')
        const crons = list('crons')
        return {
          images: imageRows({
            cluster: cluster.id,
            dataSources: list('dataSources'),
            dataVolumes,
            claims: list('claims'),
            crons,
            machines: list('machines'),
          }),
          fresh: crons.map((cron) => freshRow(cluster.id, cron, dataVolumes)),
          builds: list('builds').map((build) => buildRow(cluster.id, build)),
        }
      } catch (error) {
        // One object that is not what its kind should be must not take the channel away.
        logger.warn({ cluster: cluster.id, error: messageOf(error) }, 'objects of images make no rows')
        return { images: [], fresh: [], builds: [] }
      }
    },
    sources: () =>
      [...views].map(([name, view]) => ({
        cluster: cluster.id,
        resource: imageKinds[name].resource.resource,
        ...view.state,
      })),
    close() {
      for (const view of views.values()) view.stop()
    },
  }
}

/** Contents of files and commands may be long, and no list shows them. */
function withoutContent<T extends KubeObject & { spec: { customise?: object } }>(build: T): T {
  const { customise: _customise, ...spec } = build.spec
  return { ...build, spec }
}
