/**
 * The configuration in force: what the KubeVirt resource says now. Whoever asks, asks at the time of the request or of the pass, so that a
 * change needs no restart.
 */

import { defaultConfiguration, resolveConfiguration, type ClusterConfiguration, type KubeVirt } from '@berth/api'
import type { Informer } from '@berth/kube'

export interface CurrentConfiguration {
  /** The configuration now; defaults until the resource has been read. */
  get(): ClusterConfiguration
  /** Calls back after every change, with the new one. Ends with the returned function. */
  onChange(listener: (configuration: ClusterConfiguration) => void): () => void
  /** Takes over what a KubeVirt resource says. */
  set(resource: Readonly<KubeVirt> | undefined): void
}

export function createCurrentConfiguration(): CurrentConfiguration {
  let current = defaultConfiguration
  let version: string | undefined
  const listeners = new Set<(configuration: ClusterConfiguration) => void>()
  return {
    get: () => current,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set(resource) {
      if (resource?.metadata.resourceVersion === version) return
      version = resource?.metadata.resourceVersion
      current = resolveConfiguration(
        resource?.spec.configuration,
        resource?.spec.workloadUpdateStrategy?.workloadUpdateMethods,
      )
      for (const listener of listeners) listener(current)
    },
  }
}

/** Keeps the configuration at what the informer sees. An installation has one KubeVirt resource: admission refuses a second. */
export function followConfiguration(current: CurrentConfiguration, informer: Informer<KubeVirt>): () => void {
  const take = (): void => current.set(informer.list()[0])
  take()
  return informer.on(take)
}
