/**
 * Brings the default roles to what this engine serves and the cluster is configured for, as kube-apiserver does with its own: one that an
 * earlier engine made gets the rules of this one. Somebody's own role of such a name stays, and so does one that is annotated
 * `rbac.authorization.kubernetes.io/autoupdate: "false"`.
 */

import { messageOf, type Logger } from '@berth/base'
import type { Client } from '@berth/kube'
import { deepEqual, StatusError } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { defaultClusterRoles, ownLabels } from './cluster-roles.ts'
import { consoleRoles } from './console-roles.ts'
import { clusterRoles, type ClusterRole } from './rbac-kinds.ts'

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

/** @param aggregated whether they are part of Kubernetes' admin, edit and view */
export async function bringRoles(client: Client, aggregated: boolean): Promise<void> {
  const { items } = await client.list(clusterRoles)
  const present = new Map(items.map((role) => [role.metadata.name, role]))
  await Promise.all(
    [...defaultClusterRoles(aggregated), ...consoleRoles].map((wanted) =>
      bring(client, wanted, present.get(wanted.metadata.name)),
    ),
  )
}

async function bring(client: Client, wanted: ClusterRole, current: ClusterRole | undefined): Promise<void> {
  try {
    if (current === undefined) await client.create(clusterRoles, wanted)
    else if (isOurs(current) && !isSame(current, wanted)) {
      const metadata = { ...current.metadata, labels: { ...wanted.metadata.labels } }
      await client.update(clusterRoles, { ...wanted, metadata })
    }
  } catch (error) {
    // Somebody was faster: what is there now is theirs.
    if (!(error instanceof StatusError && ['AlreadyExists', 'Conflict', 'NotFound'].includes(error.code))) throw error
  }
}

function isOurs({ metadata }: ClusterRole): boolean {
  const [[label, value] = ['', '']] = Object.entries(ownLabels)
  return metadata.labels?.[label] === value && metadata.annotations?.[autoUpdate] !== 'false'
}

function isSame(current: ClusterRole, wanted: ClusterRole): boolean {
  return deepEqual(current.rules, wanted.rules) && deepEqual(current.metadata.labels, wanted.metadata.labels)
}

/** Follows the configuration. Ends with the returned function, which waits for what is under way. */
export function keepRoles(options: {
  client: Client
  configuration: CurrentConfiguration
  logger: Logger
}): () => Promise<void> {
  const { client, configuration, logger } = options
  let brought = configuration.get().aggregateRoles
  let work: Promise<void> = Promise.resolve()
  const stop = configuration.onChange(({ aggregateRoles: wanted }) => {
    if (wanted === brought) return
    brought = wanted
    work = work
      .then(() => bringRoles(client, wanted))
      .catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, 'the default roles could not be brought up to date')
      })
  })
  return async () => {
    stop()
    await work
  }
}
