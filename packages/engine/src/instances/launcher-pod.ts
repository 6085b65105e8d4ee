/** The pod that stands for a machine: clients look there for its node, its state and its log. */

import { createHash } from 'node:crypto'
import { annotations, launcherPodLabels, launcherPodName, type VirtualMachineInstance } from '@berth/api'
import { controllerReferenceTo, formatTime, StatusError, type JsonObject } from '@berth/meta'
import { pods, type Client, type Condition, type Informer, type Pod } from '@berth/kube'
import { launcherResources } from './launcher-resources.ts'
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
  try {
    return await client.get(pods, { namespace: instance.metadata.namespace ?? '', name: podNameOf(instance) })
  } catch (error) {
    if (error instanceof StatusError && error.code === 'NotFound') return undefined
    throw error
  }
}

/** The tail looks as random as Kubernetes', but an instance always gets the same: a repeated create finds the first one's pod. */
function podNameOf(instance: Readonly<VirtualMachineInstance>): string {
  const { name = '', uid = '' } = instance.metadata
  const digest = createHash('sha256').update(uid).digest()
  const tail = [...digest.subarray(0, tailLength)].map((byte) => tailLetters[byte % tailLetters.length]).join('')
  return launcherPodName(name, tail)
}

/** As Kubernetes' generateName: no vowels, so no words. */
const tailLetters = 'bcdfghjklmnpqrstvwxz2456789'
const tailLength = 5

export function launcherPodFor(instance: Readonly<VirtualMachineInstance>, node: string | undefined): Pod {
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
      containers: [{ name: 'compute', image: 'berth.local/qemu', resources: launcherResources(instance) }],
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

/** The pod with the status of a running machine. */
export function readyPod(pod: Readonly<Pod>, instance: Readonly<VirtualMachineInstance>, now: Date): Pod {
  const at = formatTime(now)
  const ip = instance.status?.interfaces?.[0]?.ipAddress
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      startTime: pod.status?.startTime ?? at,
      ...(ip === undefined || ip === '' ? {} : { podIP: ip, podIPs: [{ ip }] }),
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type): Condition => ({
        type,
        status: 'True',
        lastTransitionTime: at,
        lastProbeTime: null,
      })),
      containerStatuses: [
        {
          name: 'compute',
          image: 'berth.local/qemu',
          imageID: '',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: at } },
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
              image: 'berth.local/qemu',
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
