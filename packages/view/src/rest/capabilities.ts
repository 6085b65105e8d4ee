/**
 * What a cluster can do and what the person may do there: `GET /api/clusters/:cluster/capabilities?namespace=`. Pages show, hide or
 * grey from it, never from a version.
 */
export interface Capabilities {
  cluster: string
  /** API groups with their resources: `kubevirt.io/v1` to `['virtualmachines', …]`. */
  resources: Record<string, string[]>
  /** Feature gates of the KubeVirt object; unknown ones are off. */
  gates: string[]
  /** Namespaces the person may see; `complete` is false when they may not list them. */
  namespaces: { names: string[]; complete: boolean }
  /** Rights in the asked namespace, `resource.group/verb` (`virtualmachines.kubevirt.io/create`), and why not for those that are not there. */
  rights: Record<string, true | string>
  /** `hypervisor: 'tcg'` and the like, when a node says so. */
  nodes?: {
    name: string
    schedulable: boolean
    cpus: number
    memory: number
    /** Bytes no machine has asked for; of engines. */
    freeMemory?: number
    acceleration?: string
  }[]
  /** Parts that could not be found out, and why; the others are right. */
  problems: { part: 'resources' | 'gates' | 'namespaces' | 'rights' | 'nodes'; message: string }[]
}
