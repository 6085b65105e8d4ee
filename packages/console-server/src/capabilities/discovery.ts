/** Which kinds a cluster serves: aggregated discovery in two requests, and group by group where a cluster is older than that. */

import { readText, statusErrorOf, type Client } from '@berth/kube'
import { isJsonObject, type Json, type JsonObject } from '@berth/meta'

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'
/** Of an older cluster; each group is one more request. */
const maxGroups = 200

/** `kubevirt.io/v1` to `['virtualmachines', …]`; subresources are left out but in groups that hold nothing else. */
export async function discover(client: Client, signal: AbortSignal): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const path of ['/api', '/apis']) {
    const answer = await getJson(client, path, { accept: aggregated, signal })
    if (answer['kind'] === 'APIGroupDiscoveryList') readAggregated(answer, found)
    else await readGroups(client, { path, answer, found, signal })
  }
  return found
}

function readAggregated(list: JsonObject, found: Record<string, string[]>): void {
  for (const group of objects(list['items'])) {
    const name = nameOf(group)
    for (const version of objects(group['versions'])) {
      const served = text(version['version'])
      const key = name === '' ? served : `${name}/${served}`
      found[key] = objects(version['resources']).flatMap((resource) => {
        const plural = text(resource['resource'])
        const below = objects(resource['subresources']).map((each) => `${plural}/${text(each['subresource'])}`)
        return name.startsWith('subresources.') ? [plural, ...below] : [plural]
      })
    }
  }
}

async function readGroups(
  client: Client,
  options: { path: string; answer: JsonObject; found: Record<string, string[]>; signal: AbortSignal },
): Promise<void> {
  const { path, answer, found, signal } = options
  const core = Array.isArray(answer['versions']) ? answer['versions'].map(text) : []
  const named = objects(answer['groups']).flatMap((group) =>
    objects(group['versions']).map((version) => text(version['groupVersion'])),
  )
  await Promise.all(
    [...core, ...named].slice(0, maxGroups).map(async (version) => {
      const list = await getJson(client, `${path}/${version}`, { accept: 'application/json', signal })
      const names = objects(list['resources']).map((resource) => text(resource['name']))
      found[version] = version.startsWith('subresources.') ? names : names.filter((name) => !name.includes('/'))
    }),
  )
}

async function getJson(
  client: Client,
  path: string,
  { accept, signal }: { accept: string; signal: AbortSignal },
): Promise<JsonObject> {
  const response = await client.transport.request({ method: 'GET', path, headers: { accept }, signal })
  const text = await readText(response)
  if (response.code !== 200) throw statusErrorOf(response.code, text)
  const value = JSON.parse(text) as Json // JSON.parse makes nothing else
  return isJsonObject(value) ? value : {}
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function nameOf(group: JsonObject): string {
  const { metadata } = group
  return isJsonObject(metadata) ? text(metadata['name']) : ''
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
