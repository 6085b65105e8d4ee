/** What can be known before a disk is asked for: that its class is there, and has room. A server says it too, but later and elsewhere. */

import type { Client } from '@berth/kube'
import { classRow, defaultClass, fitOn, type ClassRow } from '@berth/view'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import { capacities, claims, classes, listIfShown, profiles } from './kinds.ts'

/** Classes with their room, by name; none where a server does not show them to this person. */
export async function findClasses(client: Client): Promise<ClassRow[]> {
  const [all, free, allClaims, allProfiles] = await Promise.all([
    listIfShown(client, classes),
    listIfShown(client, capacities),
    listIfShown(client, claims),
    listIfShown(client, profiles),
  ])
  return all.map((each) => {
    const { name } = each.metadata
    return classRow({
      cluster: '',
      class: each,
      profile: allProfiles.find(({ metadata }) => metadata.name === name),
      capacities: free.filter(({ storageClassName }) => storageClassName === name),
      claims: allClaims.filter(({ spec }) => spec.storageClassName === name),
    })
  })
}

/**
 * @param wish `bytes` beside what is there already
 * @throws {CliError} NotFound (no such class), Refused (no room, or out of service)
 */
export async function checkClass(client: Client, wish: { class: string | undefined; bytes: number }): Promise<void> {
  const all = await findClasses(client)
  const found = wish.class === undefined ? defaultClass(all) : all.find(({ name }) => name === wish.class)
  if (found === undefined) {
    if (all.length === 0 || wish.class === undefined) return
    throw new CliError('NotFound', `there is no storage class "${wish.class}"`, {
      remedy: `There are ${all.map(({ name }) => name).join(', ')}: see \`berth storage list\`.`,
    })
  }
  if (found.status === 'OutOfService')
    throw new CliError('Refused', `storage class "${found.name}" is out of service`, {
      remedy: found.reason ?? 'See `berth storage list`.',
    })
  const fit = fitOn(found, wish.bytes)
  if (fit.kind !== 'too-large') return
  throw new CliError(
    'Refused',
    `storage class "${found.name}" has ${formatBytes(fit.free)} free, ${formatBytes(wish.bytes)} would be needed`,
    {
      remedy: 'Ask for less, choose another class of `berth storage list`, or delete disks and snapshots.',
    },
  )
}
