/** Containers beside machines: pods and deployments as rows. */

import { getCondition, isConditionTrue, type Condition, type KubeObject } from '@berth/meta'
import { createdOf, fewLabels } from './machine-row.ts'
import type { Tone, WorkloadRow } from './row.ts'
import { bytesOf, coresOf } from './size.ts'
import { slimMetadata } from './slim.ts'

interface ContainerStatus {
  state?: {
    waiting?: { reason?: string; message?: string }
    terminated?: { reason?: string; exitCode?: number; message?: string }
  }
}

/** The parts of a pod that a row shows. */
export interface PodObject extends KubeObject {
  spec: {
    nodeName?: string
    containers: { name: string; resources?: { requests?: Record<string, string> } }[]
    volumes?: { persistentVolumeClaim?: { claimName: string } }[]
  }
  status?: {
    phase?: string
    reason?: string
    message?: string
    podIP?: string
    podIPs?: { ip: string }[]
    conditions?: Condition[]
    containerStatuses?: ContainerStatus[]
  }
}

export interface DeploymentObject extends KubeObject {
  spec: { replicas?: number; paused?: boolean }
  status?: { readyReplicas?: number; updatedReplicas?: number; conditions?: Condition[] }
}

/** Pods that are parts of machines: their machines are the rows. */
export const containersOnly = 'kubevirt.io notin (virt-launcher,hotplug-disk)'

export function slimPod(pod: PodObject): PodObject {
  const { apiVersion, kind, spec, status = {} } = pod
  const { phase, reason, message, podIP, podIPs, conditions, containerStatuses } = status
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(pod.metadata),
    spec: {
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      containers: spec.containers.map(({ name, resources }) => ({
        name,
        ...(resources?.requests === undefined ? {} : { resources: { requests: resources.requests } }),
      })),
    },
    status: {
      ...(phase === undefined ? {} : { phase }),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(podIP === undefined ? {} : { podIP }),
      ...(podIPs === undefined ? {} : { podIPs }),
      ...(conditions === undefined ? {} : { conditions }),
      ...(containerStatuses === undefined
        ? {}
        : { containerStatuses: containerStatuses.map(({ state }) => (state === undefined ? {} : { state })) }),
    },
  }
}

export function slimDeployment(deployment: DeploymentObject): DeploymentObject {
  const { apiVersion, kind, spec, status } = deployment
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(deployment.metadata),
    spec: spec.replicas === undefined ? {} : { replicas: spec.replicas },
    ...(status === undefined ? {} : { status }),
  }
}

type Common = Pick<
  WorkloadRow,
  'uid' | 'created' | 'labels' | 'namespace' | 'name' | 'key' | 'cluster' | 'kind' | 'deleting'
>

function common(cluster: string, kind: 'Pod' | 'Deployment', { metadata }: KubeObject): Common {
  const { name = '', namespace = '', uid = '', labels = {}, creationTimestamp, deletionTimestamp } = metadata
  return {
    key: `${cluster}/${kind}/${namespace}/${name}`,
    cluster,
    kind,
    namespace,
    name,
    uid,
    labels: fewLabels(labels),
    created: createdOf(creationTimestamp),
    deleting: deletionTimestamp !== undefined,
  }
}

const nothing = { networks: [], storageClasses: [], has: [], restartRequired: false, refused: {} }

export function podRow(cluster: string, pod: PodObject): WorkloadRow {
  const { status, tone, reason } = podState(pod)
  const cpus = sum(pod, 'cpu', coresOf)
  const memory = sum(pod, 'memory', bytesOf)
  const { podIP, podIPs } = pod.status ?? {}
  return {
    ...common(cluster, 'Pod', pod),
    ...nothing,
    status,
    tone,
    ...(reason === undefined || reason === '' ? {} : { reason: reason.slice(0, 300) }),
    ...(pod.spec.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
    addresses: podIPs?.map(({ ip }) => ip) ?? (podIP === undefined || podIP === '' ? [] : [podIP]),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memory }),
  }
}

export function deploymentRow(cluster: string, deployment: DeploymentObject): WorkloadRow {
  const { status, tone, reason } = deploymentState(deployment)
  return {
    ...common(cluster, 'Deployment', deployment),
    ...nothing,
    status,
    tone,
    ...(reason === undefined || reason === '' ? {} : { reason: reason.slice(0, 300) }),
    addresses: [],
  }
}

interface State {
  status: string
  tone: Tone
  reason?: string | undefined
}

const podTones: Readonly<Record<string, Tone>> = {
  Pending: 'starting',
  Running: 'running',
  Succeeded: 'stopped',
  Failed: 'attention',
  Unknown: 'attention',
}
/** Waiting for these is a beginning; for anything else it is trouble. */
const beginning = new Set(['ContainerCreating', 'PodInitializing'])

function podState({ metadata, status = {} }: PodObject): State {
  if (metadata.deletionTimestamp !== undefined) return { status: 'Terminating', tone: 'starting' }
  const { phase = 'Unknown', conditions } = status
  const waiting = status.containerStatuses
    ?.map(({ state }) => state?.waiting)
    .find((state) => state?.reason !== undefined)
  if (waiting?.reason !== undefined && !beginning.has(waiting.reason)) {
    return { status: waiting.reason, tone: 'attention', reason: waiting.message }
  }
  const scheduled = getCondition(conditions, 'PodScheduled')
  if (phase === 'Pending' && scheduled?.status === 'False') {
    return { status: 'Pending', tone: 'attention', reason: scheduled.message }
  }
  const tone = Object.hasOwn(podTones, phase) ? (podTones[phase] ?? 'attention') : 'attention'
  return { status: status.reason ?? phase, tone, reason: status.message }
}

function deploymentState({ metadata, spec, status = {} }: DeploymentObject): State {
  if (metadata.deletionTimestamp !== undefined) return { status: 'Terminating', tone: 'starting' }
  const wanted = spec.replicas ?? 1
  const ready = status.readyReplicas ?? 0
  const stuck = getCondition(status.conditions, 'Progressing')
  if (stuck?.status === 'False') return { status: 'Stuck', tone: 'attention', reason: stuck.message }
  const failed = getCondition(status.conditions, 'ReplicaFailure')
  if (failed !== undefined && isConditionTrue([failed], 'ReplicaFailure')) {
    return { status: 'Failing', tone: 'attention', reason: failed.message }
  }
  if (wanted === 0) return { status: 'Stopped', tone: 'stopped' }
  if (ready >= wanted) return { status: 'Running', tone: 'running' }
  return { status: 'Starting', tone: 'starting', reason: `${ready} of ${wanted} pods are ready.` }
}

function sum(pod: PodObject, what: string, read: (text: unknown) => number | undefined): number | undefined {
  let total: number | undefined
  for (const { resources } of pod.spec.containers) {
    const value = read(resources?.requests?.[what])
    if (value !== undefined) total = (total ?? 0) + value
  }
  return total
}
