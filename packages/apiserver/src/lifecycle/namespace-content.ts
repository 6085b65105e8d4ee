/** What every namespace has from the start: the `default` service account and the certificate to trust the server by. */

import { systemNamespaces } from '../core/namespaces.ts'
import { objectAt, textAt } from '../core/fields.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { isConflict, type InternalApi } from './internal-api.ts'
import type { KeyQueue } from './key-queue.ts'
import type { ObjectChange } from './object-feed.ts'

const accountName = 'default'
const trustName = 'kube-root-ca.crt'

export interface NamespaceContentOptions {
  api: InternalApi
  store: Pick<Store, 'get'>
  /** PEM of the server's certificate authority; without one there is no `kube-root-ca.crt`. */
  rootCertificate: string | undefined
}

export class NamespaceContent {
  readonly #options: NamespaceContentOptions

  constructor(options: NamespaceContentOptions) {
    this.#options = options
  }

  /** The keys to look at when the server starts, besides those of existing namespaces. */
  start(queue: Pick<KeyQueue, 'add'>): void {
    for (const name of systemNamespaces) queue.add(name)
  }

  observe({ definition, key, metadata, removed }: ObjectChange, queue: Pick<KeyQueue, 'add'>): void {
    if (definition.group !== '') return
    if (definition.resource === 'namespaces') {
      if (!removed || isSystem(key)) queue.add(key)
    } else if (definition.resource === 'serviceaccounts' && metadata.name === accountName && removed) {
      queue.add(metadata.namespace ?? '')
    } else if (definition.resource === 'configmaps' && metadata.name === trustName) queue.add(metadata.namespace ?? '')
  }

  async reconcile(namespace: string): Promise<void> {
    const { api, store, rootCertificate } = this.#options
    const stored = store.get('core/namespaces', namespace)
    if (stored === undefined) {
      if (!isSystem(namespace)) return
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      await this.#create('/api/v1/namespaces', body)
    } else if (decodeStored(stored.value).metadata.deletionTimestamp !== undefined) return
    const root = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
    if (store.get('core/serviceaccounts', `${namespace}/${accountName}`) === undefined) {
      await this.#create(`${root}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: accountName },
      })
    }
    if (rootCertificate === undefined) return
    const data = { 'ca.crt': rootCertificate }
    const trust = store.get('core/configmaps', `${namespace}/${trustName}`)
    if (trust === undefined) {
      await this.#create(`${root}/configmaps`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: trustName,
          annotations: { 'kubernetes.io/description': 'The certificate authority of the API server, to verify it by.' },
        },
        data,
      })
    } else if (textAt(objectAt(decodeStored(trust.value), 'data'), 'ca.crt') !== rootCertificate) {
      await api.call({ method: 'PATCH', path: `${root}/configmaps/${trustName}`, body: { data } })
    }
  }

  /** The system namespaces are there with all they need. */
  complete(): boolean {
    const { store, rootCertificate } = this.#options
    return systemNamespaces.every(
      (name) =>
        store.get('core/namespaces', name) !== undefined &&
        store.get('core/serviceaccounts', `${name}/${accountName}`) !== undefined &&
        (rootCertificate === undefined || store.get('core/configmaps', `${name}/${trustName}`) !== undefined),
    )
  }

  async #create(path: string, body: object): Promise<void> {
    try {
      await this.#options.api.call({ method: 'POST', path, body })
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}

function isSystem(name: string): boolean {
  return systemNamespaces.some((each) => each === name)
}
