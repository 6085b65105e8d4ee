/** What a machine prints on its serial console, read from its launcher's log: without a session, so that whoever is connected stays so. */

export interface WatchedLog {
  cluster: string
  namespace: string
  /** Uid of the instance. */
  uid: string
}

/** Lines from before. */
const tailLines = 500

/**
 * Calls `onBytes` until the machine ends or `signal` aborts.
 * @param follow false ends with what is there now
 * @throws {Error} when the log can't be read, in the server's words
 */
export async function readLog(
  { cluster, namespace, uid }: WatchedLog,
  { follow, signal, onBytes }: { follow: boolean; signal: AbortSignal; onBytes: (bytes: Uint8Array) => Promise<void> },
): Promise<void> {
  const base = `/api/clusters/${encodeURIComponent(cluster)}/k8s/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
  const selector = new URLSearchParams({ labelSelector: `kubevirt.io/created-by=${uid}` })
  // A list of pods, of which only the name is used.
  const pods = (await (await got(`${base}?${selector.toString()}`, signal)).json()) as {
    items: { metadata: { name: string } }[]
  }
  const [pod] = pods.items
  if (pod === undefined) throw new Error('the machine has no launcher')
  const query = new URLSearchParams({ container: 'guest-console-log', tailLines: String(tailLines) })
  if (follow) query.set('follow', 'true')
  const answer = await got(`${base}/${encodeURIComponent(pod.metadata.name)}/log?${query.toString()}`, signal)
  const reader = answer.body?.getReader()
  if (reader === undefined) return
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    // The terminal's pace is the reader's: a stream over HTTP waits.
    await onBytes(value)
  }
}

async function got(path: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(path, { signal, credentials: 'same-origin' })
  if (answer.ok) return answer
  const text = await answer.text()
  throw new Error(text === '' ? `HTTP ${answer.status}` : text)
}
