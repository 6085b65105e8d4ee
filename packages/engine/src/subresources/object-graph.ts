/**
 * What a machine is made of, as a tree of references: for tools that back up or move it with everything it needs. Behind KubeVirt's gate
 * ObjectGraph, which is closed unless the configuration opens it.
 */

import type {
  AccessCredential,
  Matcher,
  MatcherStatus,
  VirtualMachine,
  VirtualMachineInstance,
  Volume,
} from '@berth/api'
import type { Subresource, SubresourceRequest } from '@berth/apiserver'
import {
  badRequest,
  isJsonObject,
  labelSelectorFromObject,
  matchesLabels,
  type JsonObject,
  type LabelSelector,
} from '@berth/meta'
import { podOf } from '../instances/launcher-pod.ts'
import type { EngineServices } from '../services.ts'
import { findInstance, findMachine } from './instance-lookup.ts'

export interface ObjectGraphNode {
  objectReference: { apiGroup: string; kind: string; name: string; namespace: string }
  labels: Record<string, string>
  optional?: true
  children?: ObjectGraphNode[]
}

interface Kind {
  apiGroup: string
  kind: string
  dependency: 'compute' | 'storage' | 'network' | 'config'
}

const kinds = {
  machine: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', dependency: 'compute' },
  instance: { apiGroup: 'kubevirt.io', kind: 'VirtualMachineInstance', dependency: 'compute' },
  pod: { apiGroup: '', kind: 'Pod', dependency: 'compute' },
  dataVolume: { apiGroup: 'cdi.kubevirt.io', kind: 'DataVolume', dependency: 'storage' },
  claim: { apiGroup: '', kind: 'PersistentVolumeClaim', dependency: 'storage' },
  configMap: { apiGroup: '', kind: 'ConfigMap', dependency: 'config' },
  secret: { apiGroup: '', kind: 'Secret', dependency: 'config' },
  serviceAccount: { apiGroup: '', kind: 'ServiceAccount', dependency: 'config' },
  revision: { apiGroup: 'apps', kind: 'ControllerRevision', dependency: 'config' },
  network: { apiGroup: 'k8s.cni.cncf.io', kind: 'NetworkAttachmentDefinition', dependency: 'network' },
} as const satisfies Record<string, Kind>

const instancetypeGroup = 'instancetype.kubevirt.io'
const matched: Record<string, { kind: string; namespaced: boolean }> = {
  virtualmachineinstancetype: { kind: 'VirtualMachineInstancetype', namespaced: true },
  virtualmachineclusterinstancetype: { kind: 'VirtualMachineClusterInstancetype', namespaced: false },
  virtualmachinepreference: { kind: 'VirtualMachinePreference', namespaced: true },
  virtualmachineclusterpreference: { kind: 'VirtualMachineClusterPreference', namespaced: false },
}

export function objectGraphSubresource(services: () => EngineServices, of: 'machine' | 'instance'): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      if (!services().configuration.get().enabled('ObjectGraph')) {
        throw badRequest('ObjectGraph feature gate not enabled: Unable to return object graph.')
      }
      const root = of === 'machine' ? await machineGraph(services(), request) : await instanceGraph(services(), request)
      const { children = [], ...rest } = root
      return { kind: 'json', body: { ...rest, ...childrenOf(filtered(children, wishOf(request))) } }
    },
  }
}

async function machineGraph(services: EngineServices, request: SubresourceRequest): Promise<ObjectGraphNode> {
  const machine = await findMachine(services, request)
  const { name = '', namespace = '' } = machine.metadata
  const instance = services.informers.instances.get(namespace, name)
  const made = instance === undefined ? [] : [node(kinds.instance, { name, namespace }, podsOf(services, instance))]
  return node(kinds.machine, { name, namespace }, [
    ...made,
    ...matchersOf(machine),
    ...partsOf(machine.spec.template.spec, namespace),
  ])
}

async function instanceGraph(services: EngineServices, request: SubresourceRequest): Promise<ObjectGraphNode> {
  const instance = await findInstance(services, request)
  const { name = '', namespace = '' } = instance.metadata
  return node(kinds.instance, { name, namespace }, [
    ...podsOf(services, instance),
    ...partsOf(instance.spec, namespace),
  ])
}

function podsOf({ informers }: EngineServices, instance: Readonly<VirtualMachineInstance>): ObjectGraphNode[] {
  const pod = podOf(instance, informers.pods)
  const { name, namespace = '' } = pod?.metadata ?? {}
  return name === undefined ? [] : [node(kinds.pod, { name, namespace })]
}

function matchersOf({ metadata: { namespace = '' }, spec, status }: VirtualMachine): ObjectGraphNode[] {
  return [
    ...matcherNodes(spec.instancetype, status?.instancetypeRef, namespace),
    ...matcherNodes(spec.preference, status?.preferenceRef, namespace),
  ]
}

function matcherNodes(
  matcher: Matcher | undefined,
  used: MatcherStatus | undefined,
  namespace: string,
): ObjectGraphNode[] {
  if (matcher === undefined) return []
  const found = matched[(matcher.kind ?? '').toLowerCase()]
  const revision = used === undefined ? matcher.revisionName : used.controllerRevisionRef?.name
  return [
    ...(found === undefined
      ? []
      : [
          optional({
            apiGroup: instancetypeGroup,
            kind: found.kind,
            dependency: 'config',
            name: matcher.name ?? '',
            namespace: found.namespaced ? namespace : '',
          }),
        ]),
    ...(revision === undefined || revision === '' ? [] : [node(kinds.revision, { name: revision, namespace })]),
  ]
}

function partsOf(spec: VirtualMachineInstance['spec'], namespace: string): ObjectGraphNode[] {
  return [
    ...(spec.accessCredentials ?? []).flatMap((credential) => named(kinds.secret, secretOf(credential), namespace)),
    ...(spec.volumes ?? []).flatMap((volume) => volumeNodes(volume, namespace)),
    ...(spec.networks ?? []).flatMap(({ multus }) => {
      if (multus === undefined) return []
      const [first = '', second] = multus.networkName.split('/')
      const where = second === undefined ? { name: first, namespace } : { name: second, namespace: first }
      return [optional({ ...kinds.network, ...where })]
    }),
  ]
}

function secretOf({ sshPublicKey, userPassword }: AccessCredential): string | undefined {
  return sshPublicKey?.source.secret?.secretName ?? userPassword?.source.secret?.secretName
}

function volumeNodes(volume: Volume, namespace: string): ObjectGraphNode[] {
  const of = (kind: Kind, name: string | undefined): ObjectGraphNode[] => named(kind, name, namespace)
  const { dataVolume, cloudInitNoCloud, cloudInitConfigDrive } = volume
  if (dataVolume !== undefined) {
    const { name } = dataVolume
    return [node(kinds.dataVolume, { name, namespace }, of(kinds.claim, name))]
  }
  const cloudInit = cloudInitNoCloud ?? cloudInitConfigDrive
  return [
    ...of(kinds.claim, volume.persistentVolumeClaim?.claimName),
    ...of(kinds.configMap, volume.configMap?.name),
    ...of(kinds.secret, volume.secret?.secretName),
    ...of(kinds.serviceAccount, volume.serviceAccount?.serviceAccountName),
    ...of(kinds.secret, cloudInit?.secretRef?.name),
    ...of(kinds.secret, cloudInit?.networkDataSecretRef?.name),
  ]
}

function named(kind: Kind, name: string | undefined, namespace: string): ObjectGraphNode[] {
  return name === undefined || name === '' ? [] : [node(kind, { name, namespace })]
}

function node(
  { apiGroup, kind, dependency }: Kind,
  where: { name: string; namespace: string },
  children: ObjectGraphNode[] = [],
): ObjectGraphNode {
  return {
    objectReference: { apiGroup, kind, ...where },
    labels: { 'kubevirt.io/dependency-type': dependency },
    ...childrenOf(children),
  }
}

function optional({ name, namespace, ...kind }: Kind & { name: string; namespace: string }): ObjectGraphNode {
  return { ...node(kind, { name, namespace }), optional: true }
}

function childrenOf(children: ObjectGraphNode[]): { children?: ObjectGraphNode[] } {
  return children.length === 0 ? {} : { children }
}

interface Wish {
  optional: boolean
  selector: LabelSelector | undefined
}

/** @throws {StatusError} 400 */
function wishOf({ body }: SubresourceRequest): Wish {
  const options: JsonObject = isJsonObject(body) ? body : {}
  const { includeOptionalNodes, labelSelector } = options
  return { optional: includeOptionalNodes !== false, selector: selectorIn(labelSelector) }
}

function selectorIn(value: unknown): LabelSelector | undefined {
  if (value === undefined || value === null) return undefined
  try {
    // What is no selector is refused by the function that reads it.
    return labelSelectorFromObject(value)
  } catch (cause) {
    throw badRequest(`labelSelector is not one: ${cause instanceof Error ? cause.message : ''}`)
  }
}

/** A node that is left out takes its children along. */
function filtered(nodes: ObjectGraphNode[], wish: Wish): ObjectGraphNode[] {
  return nodes
    .filter((each) => wish.optional || each.optional !== true)
    .filter((each) => wish.selector === undefined || matchesLabels(wish.selector, each.labels))
    .map(({ children = [], ...rest }) => ({ ...rest, ...childrenOf(filtered(children, wish)) }))
}
