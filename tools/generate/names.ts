/** Which OpenAPI definition an interface of the npm types is, and which JSON property a TypeScript property is. */

export type Source = 'kubernetes' | 'kubevirt' | 'cdi'

/** Kinds of meta/v1 that the CDI types carry beside those of core/v1, without saying which is which. */
const metaKinds = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResource',
  'APIResourceList',
  'Condition',
  'DeleteOptions',
  'GroupVersionForDiscovery',
  'LabelSelector',
  'LabelSelectorRequirement',
  'ListMeta',
  'ManagedFieldsEntry',
  'ObjectMeta',
  'OwnerReference',
  'Preconditions',
  'ServerAddressByClientCIDR',
  'Status',
  'StatusCause',
  'StatusDetails',
  'WatchEvent',
])

/** CDI kinds that the KubeVirt types repeat, because a VM's dataVolumeTemplates hold them. */
const cdiKinds = /^(DataVolume|StorageSpec)/

const version = '(V\\d+(?:(?:alpha|beta)\\d+)?)'

interface NameRule {
  source: Source
  pattern: RegExp
  name(match: RegExpExecArray): string
}

const part = (match: RegExpExecArray, index: number): string => match[index] ?? ''

/** First match wins. KubeVirt's own definitions are `io.kubevirt.v1.*`, CDI's `io.kubevirt.cdi.v1beta1.*`, as a cluster publishes them. */
const rules: NameRule[] = [
  {
    source: 'kubernetes',
    pattern: new RegExp(`^IoK8sApimachineryPkgApisMeta${version}(.+)$`),
    name: (m) => `io.k8s.apimachinery.pkg.apis.meta.${part(m, 1).toLowerCase()}.${part(m, 2)}`,
  },
  {
    source: 'kubernetes',
    pattern: /^IoK8sApimachineryPkgVersionInfo$/,
    name: () => 'io.k8s.apimachinery.pkg.version.Info',
  },
  {
    source: 'kubernetes',
    pattern: new RegExp(`^IoK8sApiextensionsApiserverPkgApisApiextensions${version}(.+)$`),
    name: (m) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${part(m, 1).toLowerCase()}.${part(m, 2)}`,
  },
  {
    source: 'kubernetes',
    pattern: new RegExp(`^IoK8sKubeAggregatorPkgApisApiregistration${version}(.+)$`),
    name: (m) => `io.k8s.kube-aggregator.pkg.apis.apiregistration.${part(m, 1).toLowerCase()}.${part(m, 2)}`,
  },
  {
    source: 'kubernetes',
    pattern: new RegExp(`^IoK8sApi([A-Z][a-z]+)${version}(.+)$`),
    name: (m) => `io.k8s.api.${part(m, 1).toLowerCase()}.${part(m, 2).toLowerCase()}.${part(m, 3)}`,
  },
  {
    source: 'kubevirt',
    pattern: new RegExp(`^K8sIoApimachineryPkgApisMeta${version}(.+)$`),
    name: (m) => `io.k8s.apimachinery.pkg.apis.meta.${part(m, 1).toLowerCase()}.${part(m, 2)}`,
  },
  {
    source: 'kubevirt',
    pattern: new RegExp(`^K8sIoApi([A-Z][a-z]+)${version}(.+)$`),
    name: (m) => `io.k8s.api.${part(m, 1).toLowerCase()}.${part(m, 2).toLowerCase()}.${part(m, 3)}`,
  },
  {
    source: 'kubevirt',
    pattern: new RegExp(`^${version}(.+)$`),
    name: (m) => {
      const group = cdiKinds.test(part(m, 2)) && part(m, 1) === 'V1beta1' ? 'io.kubevirt.cdi' : 'io.kubevirt'
      return `${group}.${part(m, 1).toLowerCase()}.${part(m, 2)}`
    },
  },
  {
    source: 'cdi',
    pattern: /^V1([A-Z].*)$/,
    name: (m) =>
      metaKinds.has(part(m, 1))
        ? `io.k8s.apimachinery.pkg.apis.meta.v1.${part(m, 1)}`
        : `io.k8s.api.core.v1.${part(m, 1)}`,
  },
  {
    source: 'cdi',
    pattern: new RegExp(`^${version}(.+)$`),
    name: (m) => `io.kubevirt.cdi.${part(m, 1).toLowerCase()}.${part(m, 2)}`,
  },
]

/** The definition's name, or undefined for what is no API type (request parameters, the HTTP client's own types). */
export function definitionName(source: Source, interfaceName: string): string | undefined {
  for (const rule of rules) {
    if (rule.source !== source) continue
    const match = rule.pattern.exec(interfaceName)
    if (match !== null) return rule.name(match)
  }
  return undefined
}

/** Definitions that the npm types lack because they are newer: their forms are those of an earlier version of the API. */
const promoted: { name: RegExp; from: string; to: string }[] = [
  {
    name: /^io\.k8s\.api\.admissionregistration\.v1beta1\./,
    from: 'io.k8s.api.admissionregistration.v1alpha1.',
    to: 'io.k8s.api.admissionregistration.v1beta1.',
  },
]

/** The earlier version of a definition that was promoted since the npm types were written, and the same for what it refers to. */
export function earlierForm(definition: string): { name: string; promote: (ref: string) => string } | undefined {
  const rule = promoted.find(({ name }) => name.test(definition))
  if (rule === undefined) return undefined
  const { from, to } = rule
  return {
    name: definition.replace(to, from),
    promote: (ref) => (ref.startsWith(from) ? ref.replace(from, to) : ref),
  }
}

const jsonSchemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

/** JSON names that OpenAPI Generator renamed: no TypeScript identifier, or upper case at the start. */
const renamed: Record<string, Record<string, string>> = {
  'io.k8s.api.core.v1.DaemonEndpoint': { port: 'Port' },
  [jsonSchemaProps]: { ref: '$ref', schema: '$schema' },
  'io.kubevirt.v1.VirtualMachineInstanceStatus': { vSOCKCID: 'VSOCKCID' },
  'io.kubevirt.cdi.v1beta1.ImportProxy': { hTTPProxy: 'HTTPProxy', hTTPSProxy: 'HTTPSProxy' },
}

/** `_default` is `default`, `xKubernetesListType` is `x-kubernetes-list-type`. */
export function jsonName(definition: string, property: string): string {
  const special = renamed[definition]?.[property]
  if (special !== undefined) return special
  if (property.startsWith('_')) return property.slice(1)
  if (property.startsWith('xKubernetes')) return property.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return property
}
