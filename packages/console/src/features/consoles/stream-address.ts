/** Where the streams of a machine are, behind the console server's relay. */

export type StreamKind = 'vnc' | 'console'

export interface ConsoleTarget {
  cluster: string
  namespace: string
  name: string
}

/** KubeVirt's sub-protocol: binary frames, nothing around them. */
export const streamProtocol = 'plain.kubevirt.io'

/**
 * @param takeOver false is refused with `closeCodes.busy` while somebody else looks; true ends their session
 * @param origin of the page: `http://127.0.0.1:7480`
 */
export function streamAddress(
  { cluster, namespace, name }: ConsoleTarget,
  { kind, takeOver, origin }: { kind: StreamKind; takeOver: boolean; origin: string },
): string {
  const path = `apis/subresources.kubevirt.io/v1/namespaces/${encodeURIComponent(namespace)}/virtualmachineinstances/${encodeURIComponent(name)}/${kind}`
  const url = new URL(`/api/clusters/${encodeURIComponent(cluster)}/stream/${path}`, origin)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.searchParams.set('take', takeOver ? 'over' : 'free')
  return url.href
}
