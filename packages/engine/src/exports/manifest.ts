/** What a machine is made from again elsewhere: its manifest with disks that come from this export. As KubeVirt writes it. */

import { expandedForExport } from './expanded-machine.ts'
import type { DataVolumeSpec, VirtualMachine, VirtualMachineExport } from '@berth/api'
import type { Json, JsonObject } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import type { ExportVolume } from './find-source.ts'
import { volumeUrl, type ExportAddress } from './links.ts'
import { yamlOf } from './yaml.ts'

interface ManifestRequest {
  wanted: Readonly<VirtualMachineExport>
  machine: Readonly<VirtualMachine>
  volumes: readonly ExportVolume[]
  address: ExportAddress
  services: EngineServices
}

/** The certificate, the machine, and DataVolumes for disks that it has no templates for. */
export async function allManifests(request: ManifestRequest): Promise<Json[]> {
  const { wanted, volumes, address } = request
  const exportName = wanted.metadata.name ?? ''
  const machine = await expandedForExport(request.machine, request.services)
  const certificates = `export-ca-cm-${exportName}`
  const sourceOf = (name: string): DataVolumeSpec['source'] => ({
    http: {
      url: volumeUrl(address.server, named(wanted), { name, format: 'gzip' }),
      certConfigMap: certificates,
      secretExtraHeaders: [headerSecretName(exportName)],
    },
  })
  const exported = new Map(volumes.filter(({ content }) => content.kind !== 'files').map((each) => [each.name, each]))
  const templates = (machine.spec.dataVolumeTemplates ?? []).map((template) => {
    const name = template.metadata.name ?? ''
    if (!exported.has(name)) return template
    const { sourceRef: _replaced, ...spec } = template.spec
    exported.delete(name)
    return { ...template, spec: { ...spec, source: sourceOf(name) } }
  })
  const dataVolumes = [...exported.values()].map(({ name, claim }) => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name, namespace: machine.metadata.namespace },
    spec: {
      source: sourceOf(name),
      storage: {
        accessModes: claim.spec.accessModes,
        volumeMode: claim.spec.volumeMode,
        resources: claim.spec.resources,
      },
    },
  }))
  const { namespace, labels, annotations } = machine.metadata
  return plain([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: certificates },
      data: { 'ca.pem': address.caCertificate.trim() },
    },
    {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: machine.metadata.name, namespace, labels, annotations },
      spec: { ...machine.spec, ...(templates.length === 0 ? {} : { dataVolumeTemplates: templates }) },
    },
    ...dataVolumes,
  ])
}

/** The header with which the disks are fetched, where CDI looks for it. */
export function secretManifest(exportName: string, token: string): Json[] {
  return plain([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: headerSecretName(exportName) },
      stringData: { token: `x-kubevirt-export-token:${token}` },
    },
  ])
}

/** @param accept the request's header: YAML where it is asked for, else a List in JSON */
export function rendered(objects: Json[], accept: string | undefined): { contentType: string; body: string } {
  if (accept?.includes('yaml') === true)
    return { contentType: 'application/yaml', body: objects.map((object) => `${yamlOf(object)}---\n`).join('') }
  const list: JsonObject = { kind: 'List', apiVersion: 'v1', metadata: {}, items: objects }
  return { contentType: 'application/json', body: `${JSON.stringify(list, undefined, 4)}\n` }
}

function headerSecretName(exportName: string): string {
  return `header-secret-${exportName}`
}

function named({ metadata }: Readonly<VirtualMachineExport>): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

/** Without what is undefined. */
function plain(objects: object[]): Json[] {
  return JSON.parse(JSON.stringify(objects)) as Json[] // of JSON.stringify
}
