/**
 * Keeps the common instance types and preferences installed, or not, as the cluster is configured. Only objects made here are touched:
 * somebody's own object of the same name stays as it is.
 */

import {
  clusterInstancetypes,
  clusterPreferences,
  commonInstancetypes,
  commonPreferences,
  type Instancetype,
  type Preference,
} from '@berth/api'
import { messageOf, type Logger } from '@berth/base'
import type { Client } from '@berth/kube'
import { deepEqual, StatusError, type Resource } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'

const managedBy = 'app.kubernetes.io/managed-by'
const own = {
  [managedBy]: 'berth',
  'app.kubernetes.io/component': 'kubevirt',
}

type Common = Instancetype | Preference

/** Brings both kinds to what is configured. */
export async function installCommon(client: Client, enabled: boolean): Promise<void> {
  await Promise.all([
    install(client, clusterInstancetypes, enabled ? commonInstancetypes() : []),
    install(client, clusterPreferences, enabled ? commonPreferences() : []),
  ])
}

async function install<T extends Common>(client: Client, resource: Resource<T>, wanted: T[]): Promise<void> {
  const { items } = await client.list(resource)
  const present = new Map(items.map((object) => [object.metadata.name ?? '', object]))
  const names = new Set(wanted.map(({ metadata }) => metadata.name))
  const surplus = items.filter((object) => isOwn(object) && !names.has(object.metadata.name))
  await Promise.all([
    ...wanted.map((object) =>
      bring(client, resource, { wanted: labelled(object), current: present.get(nameOf(object)) }),
    ),
    ...surplus.map((object) => unlessOvertaken(client.delete(resource, { name: nameOf(object) }))),
  ])
}

async function bring<T extends Common>(
  client: Client,
  resource: Resource<T>,
  { wanted, current }: { wanted: T; current: T | undefined },
): Promise<void> {
  if (current === undefined) return unlessOvertaken(client.create(resource, wanted))
  const { labels, annotations } = wanted.metadata
  const same =
    deepEqual(current.spec, wanted.spec) &&
    deepEqual(current.metadata.labels, labels) &&
    deepEqual(current.metadata.annotations, annotations)
  if (same || !isOwn(current)) return
  const metadata = { ...current.metadata, ...(labels && { labels }), ...(annotations && { annotations }) }
  await unlessOvertaken(client.update(resource, { ...wanted, metadata }))
}

/** Somebody was faster: what is there now is theirs. */
async function unlessOvertaken(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (error instanceof StatusError && ['AlreadyExists', 'Conflict', 'NotFound'].includes(error.code)) return
    throw error
  }
}

function isOwn({ metadata }: Common): boolean {
  return metadata.labels?.[managedBy] === own[managedBy]
}

function nameOf({ metadata }: Common): string {
  return metadata.name ?? ''
}

function labelled<T extends Common>(object: T): T {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...own } } }
}

/** Follows the configuration. Ends with the returned function, which waits for what is under way. */
export function keepCommon(options: {
  client: Client
  configuration: CurrentConfiguration
  logger: Logger
}): () => Promise<void> {
  const { client, configuration, logger } = options
  let installed = configuration.get().commonInstancetypes
  let work: Promise<void> = Promise.resolve()
  const stop = configuration.onChange(({ commonInstancetypes: wanted }) => {
    if (wanted === installed) return
    installed = wanted
    work = work
      .then(() => installCommon(client, wanted))
      .catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, 'the common instance types could not be brought up to date')
      })
  })
  return async () => {
    stop()
    await work
  }
}
