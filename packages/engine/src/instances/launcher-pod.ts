/** The pod that stands for a machine: clients look there for its node, its state and its log. */

import { createHash } from 'node:crypto'
import { annotations, launcherPodLabels, launcherPodName, type VirtualMachineInstance } from '@berth/api'
import {
  controllerReferenceTo,
  formatTime,
  isConditionTrue,
  StatusError,
  unlessMissing,
  type JsonObject,
} from '@berth/meta'
import { pods, type Client, type Condition, type Informer, type Pod } from '@berth/kube'
import type { PodResources } from './launcher-resources.ts'
import { guestHostname } from './guest-hostname.ts'
import { instancesByPod, podIndexKey, type EngineServices } from '../services.ts'

export function podOf(instance: Readonly<VirtualMachineInstance>, informer: Informer<Pod>): Readonly<Pod> | undefined {
  return informer.byIndex(instancesByPod, podIndexKey(instance.metadata.namespace, instance.metadata.uid))[0]
}

/** Asks the server where the cache knows none: the cache may be behind, and a missing pod is a reason to end a machine. */
export async function findPod(
  instance: Readonly<VirtualMachineInstance>,
  { client, informers }: Pick<EngineServices, 'client' | 'informers'>,
): Promise<Readonly<Pod> | undefined> {
  const cached = podOf(instance, informers.pods)
  if (cached !== undefined) return cached
  const { namespace = '' } = instance.metadata
  return unlessMissing(client.get(pods, { namespace, name: podNameOf(instance) }))
}

/** The tail looks as random as Kubernetes', but an instance always gets the same: a repeated create finds the first one's pod. */
function podNameOf(instance: Readonly<VirtualMachineInstance>): string {
  const { name = '', uid = '' } = instance.metadata
  const digest = createHash('sha256').update(uid).digest()
  const tail = [...digest.subarray(0, tailLength)].map((byte) => tailLetters[byte % tailLetters.length]).join('')
  return launcherPodName(name, tail)
}

/** What a launcher pod is said to run. */
export const launcherImage = 'berth.local/qemu'

/** As Kubernetes' generateName: no vowels, so no words. */
const tailLetters = 'bcdfghjklmnpqrstvwxz2456789'
const tailLength = 5

export function launcherPodFor(
  instance: Readonly<VirtualMachineInstance>,
  { node, resources }: { node: string | undefined; resources: PodResources },
): Pod {
  const { name = '', namespace, uid = '' } = instance.metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podNameOf(instance),
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...instance.metadata.labels,
        ...launcherPodLabels({ name, uid }),
      },
      annotations: { [annotations.domain]: name, 'kubectl.kubernetes.io/default-container': 'compute' },
      ownerReferences: [controllerReferenceTo(instance)],
    },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      hostname: guestHostname(instance),
      ...placementOf(instance),
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: instance.spec.terminationGracePeriodSeconds ?? 30,
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      ...serviceAccountOf(instance),
      containers: [{ name: 'compute', image: launcherImage, resources }],
    },
  }
}

/** What the instance says of where it may run, and how important it is, its pod says too. */
function placementOf({ spec }: Readonly<VirtualMachineInstance>): JsonObject {
  const { affinity, dnsConfig, dnsPolicy, nodeSelector, priorityClassName, schedulerName, subdomain } = spec
  const { tolerations, topologySpreadConstraints } = spec
  const all = {
    affinity,
    dnsConfig,
    dnsPolicy,
    nodeSelector,
    priorityClassName,
    schedulerName,
    subdomain,
    tolerations,
    topologySpreadConstraints,
  }
  const said = Object.entries(all).filter(([, value]) => value !== undefined)
  // Through JSON, as the API carries it.
  return Object.fromEntries(said) as unknown as JsonObject
}

/** Whether the pod says of itself what holds of its machine. */
export function isUpToDate(pod: Readonly<Pod>, ready: boolean): boolean {
  return pod.status?.phase === 'Running' && isConditionTrue(pod.status.conditions, 'Ready') === ready
}

/** A token is only bound to a pod of the same account. */
function serviceAccountOf({ spec }: Readonly<VirtualMachineInstance>): { serviceAccountName?: string } {
  const volume = (spec.volumes ?? []).find(({ serviceAccount }) => serviceAccount !== undefined)
  const name = volume?.serviceAccount?.serviceAccountName ?? spec.serviceAccountName
  return name === undefined || name === '' ? {} : { serviceAccountName: name }
}

const podConditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready']
const readinessConditions: ReadonlySet<string> = new Set(['ContainersReady', 'Ready'])

/** The pod with the status of a running machine. */
export function runningPod(
  pod: Readonly<Pod>,
  { instance, ready, now }: { instance: Readonly<VirtualMachineInstance>; ready: boolean; now: Date },
): Pod {
  const at = formatTime(now)
  const conditions = podConditions.map((type): Condition => {
    const holds = ready || !readinessConditions.has(type)
    const status = holds ? 'True' : 'False'
    const before = pod.status?.conditions?.find((each) => each.type === type)
    return {
      type,
      status,
      ...(holds ? {} : { reason: 'ContainersNotReady', message: 'containers with unready status: [compute]' }),
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? at) : at,
      lastProbeTime: null,
    }
  })
  const ip = instance.status?.interfaces?.[0]?.ipAddress
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      startTime: pod.status?.startTime ?? at,
      ...(instance.status?.qosClass === undefined ? {} : { qosClass: instance.status.qosClass }),
      ...(ip === undefined || ip === '' ? {} : { podIP: ip, podIPs: [{ ip }] }),
      conditions,
      containerStatuses: [
        {
          name: 'compute',
          image: launcherImage,
          imageID: '',
          ready,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: pod.status?.startTime ?? at } },
        },
      ],
    },
  }
}

/** Marks the pod as ended, and lets it go when its deletion was asked for. */
export async function finishPod(
  client: Client,
  pod: Readonly<Pod>,
  { instance, now }: { instance: Readonly<VirtualMachineInstance>; now: Date },
): Promise<void> {
  const target = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' }
  const succeeded = instance.status?.phase === 'Succeeded'
  const phase = succeeded ? 'Succeeded' : 'Failed'
  try {
    if (pod.status?.phase !== phase) {
      const terminated = {
        exitCode: succeeded ? 0 : 1,
        reason: succeeded ? 'Completed' : 'Error',
        finishedAt: formatTime(now),
      }
      await client.updateStatus(pods, {
        ...pod,
        status: {
          ...pod.status,
          phase,
          conditions: [{ type: 'Ready', status: 'False', reason: 'PodCompleted', lastTransitionTime: formatTime(now) }],
          containerStatuses: [
            {
              name: 'compute',
              image: launcherImage,
              imageID: '',
              ready: false,
              started: false,
              restartCount: 0,
              state: { terminated },
            },
          ],
        },
      })
    }
    if (pod.metadata.deletionTimestamp !== undefined || instance.metadata.deletionTimestamp !== undefined) {
      await client.delete(pods, target, { gracePeriodSeconds: 0 })
    }
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
  }
}
