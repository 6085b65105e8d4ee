/**
 * What a build may do outside its own namespace. The controller may do more than who asked for the build, and on clusters nothing
 * tells it who that was: so it does there only what the namespace's own service account may, as CDI does for disks of machines.
 */

import { dataSources, type ImageBuild } from '@berth/api'
import type { Client } from '@berth/kube'
import { isJsonObject, unlessMissing, type JsonObject } from '@berth/meta'

/** @returns what is not allowed, for a person; undefined when all is */
export async function missingRight(client: Client, { metadata, spec }: ImageBuild): Promise<string | undefined> {
  const own = metadata.namespace ?? ''
  const target = spec.publish.namespace ?? own
  const asked: { attributes: JsonObject; words: string }[] = []
  for (const source of await readNamespaces(client, { own, from: spec.from })) {
    if (source === own) continue
    asked.push({
      attributes: { ...clone, namespace: source },
      words: `read disks of namespace "${source}" (create datavolumes/source)`,
    })
  }
  if (target !== own) {
    for (const resource of ['datavolumes', 'datasources']) {
      asked.push({
        attributes: { group, resource, verb: 'create', namespace: target },
        words: `publish in namespace "${target}" (create ${resource})`,
      })
    }
  }
  for (const { attributes, words } of asked) {
    if (await isAllowed(client, own, attributes)) continue
    return `service account "default" of namespace "${own}" may not ${words}: give it that right with a RoleBinding there, or make the build in that namespace`
  }
  return undefined
}

/** A DataSource of the build's own namespace may name a disk of another one, which somebody else has the right to read. */
async function readNamespaces(
  client: Client,
  { own, from }: { own: string; from: ImageBuild['spec']['from'] },
): Promise<Set<string>> {
  const named = from.dataSource ?? from.pvc
  const found = new Set([named?.namespace ?? own])
  let next = from.dataSource && { namespace: from.dataSource.namespace ?? own, name: from.dataSource.name }
  // CDI follows one DataSource to another, and no further.
  for (let step = 0; step < 2 && next !== undefined; step += 1) {
    const { namespace } = next
    const { pvc, snapshot, dataSource } = (await unlessMissing(client.get(dataSources, next)))?.spec.source ?? {}
    found.add((pvc ?? snapshot ?? dataSource)?.namespace ?? namespace)
    next =
      dataSource?.name === undefined
        ? undefined
        : { namespace: dataSource.namespace ?? namespace, name: dataSource.name }
  }
  return found
}

const group = 'cdi.kubevirt.io'
const clone: JsonObject = { group, resource: 'datavolumes', subresource: 'source', verb: 'create' }

async function isAllowed(client: Client, namespace: string, resourceAttributes: JsonObject): Promise<boolean> {
  const answer = await client.raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${namespace}:default`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes,
      },
    },
  })
  const status = isJsonObject(answer) ? answer['status'] : undefined
  return isJsonObject(status) && status['allowed'] === true
}
