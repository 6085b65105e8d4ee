/** Labels of all namespaces, read when some machine chooses its neighbours by them. */

import { namespaces, type Client } from '@berth/kube'

export async function namespaceLabels(client: Client): Promise<(name: string) => Readonly<Record<string, string>>> {
  const { items } = await client.list(namespaces)
  const byName = new Map(items.map(({ metadata }) => [metadata.name ?? '', metadata.labels ?? {}]))
  return (name) => byName.get(name) ?? {}
}
