/** The controller of SnapshotPolicy. */

import {
  snapshotPolicies,
  snapshotPolicyLabel,
  snapshotPolicyUidLabel,
  virtualMachines,
  virtualMachineSnapshots,
} from '@berth/api'
import { createController, createEventRecorder, createInformer, keyFor, keyOf, type Controller } from '@berth/kube'
import { deepEqual, type KubeObject } from '@berth/meta'
import type { ControllerDefinition, ControllerParts, RunningController } from '../controller.ts'
import { reconcilePolicy } from './reconcile.ts'
import { chooses } from './selection.ts'

const component = 'snapshot-policy-controller'

export const snapshotPolicyController: ControllerDefinition = {
  name: 'snapshot-policies',
  summary: 'takes snapshots of machines on a schedule and deletes those that are no longer kept',
  rights: [
    { apiGroups: ['berth.dev'], resources: ['snapshotpolicies'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['berth.dev'], resources: ['snapshotpolicies/status'], verbs: ['update', 'patch'] },
    { apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['snapshot.kubevirt.io'],
      resources: ['virtualmachinesnapshots'],
      verbs: ['get', 'list', 'watch', 'create', 'delete'],
    },
    { apiGroups: ['snapshot.kubevirt.io'], resources: ['virtualmachinerestores'], verbs: ['list'] },
    { apiGroups: ['clone.kubevirt.io'], resources: ['virtualmachineclones'], verbs: ['list'] },
    { apiGroups: ['export.kubevirt.io'], resources: ['virtualmachineexports'], verbs: ['list'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  ],
  start,
}

/** Nothing but policies is watched while there is none: a host with thousands of machines pays only for what it uses. */
function start(parts: ControllerParts): RunningController {
  const { client, clock, random, logger, namespace } = parts
  const scope = { client, clock, random, logger, ...(namespace === undefined ? {} : { namespace }) }
  const policies = createInformer({ ...scope, resource: snapshotPolicies })
  const machines = createInformer({
    ...scope,
    resource: virtualMachines,
    shape: namesAndLabels,
    indexes: { byNamespace: ({ metadata }) => [metadata.namespace ?? ''] },
  })
  const snapshots = createInformer({
    ...scope,
    resource: virtualMachineSnapshots,
    labelSelector: snapshotPolicyUidLabel,
    indexes: { byPolicy: ({ metadata }) => [metadata.labels?.[snapshotPolicyUidLabel] ?? ''] },
  })
  const events = createEventRecorder({ client, component, clock, random, logger })
  const controller: Controller = createController({
    name: 'snapshot-policies',
    clock,
    random,
    logger,
    watches: [
      { informer: policies },
      { informer: snapshots, keys: policyOf },
      // Looked at below: most that happens to machines is nothing to a policy.
      { informer: machines, keys: () => [] },
    ],
    reconcile: (key) =>
      reconcilePolicy(
        {
          client,
          clock,
          events,
          machines: (of) => machines.byIndex('byNamespace', of),
          snapshots: (uid) => snapshots.byIndex('byPolicy', uid),
        },
        key,
      ),
  })
  const offMachines = machines.on((current, previous) => {
    if (current !== undefined && previous !== undefined && sameChoice(current, previous)) return
    for (const policy of policies.list()) {
      const concerns = [current, previous].some((machine) => machine !== undefined && chosenBy(policy, machine))
      if (concerns) controller.enqueue(keyOf(policy))
    }
  })
  let begun = false
  const begin = (): void => {
    if (begun) return
    begun = true
    controller.start()
  }
  const offPolicies = policies.on((current) => {
    if (current !== undefined) begin()
  })
  return {
    ready: policies.start(),
    async stop() {
      offMachines()
      offPolicies()
      await Promise.all([controller.stop(), policies.stop(), machines.stop(), snapshots.stop()])
      await events.flush()
    },
  }
}

function policyOf({ metadata }: KubeObject): string[] {
  const name = metadata.labels?.[snapshotPolicyLabel]
  return name === undefined ? [] : [keyFor(metadata.namespace, name)]
}

/** Of a machine only what chooses it: there may be thousands. */
function namesAndLabels<T extends KubeObject>(machine: T): T {
  const { name, namespace, uid, resourceVersion, labels, annotations, deletionTimestamp } = machine.metadata
  const wanted = annotations?.[snapshotPolicyLabel]
  const metadata = {
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(labels === undefined ? {} : { labels }),
    ...(wanted === undefined ? {} : { annotations: { [snapshotPolicyLabel]: wanted } }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  }
  // What is left out is never read here.
  return { apiVersion: machine.apiVersion, kind: machine.kind, metadata } as unknown as T
}

function sameChoice(current: Readonly<KubeObject>, previous: Readonly<KubeObject>): boolean {
  const { resourceVersion: _now, ...now } = current.metadata
  const { resourceVersion: _then, ...then } = previous.metadata
  return deepEqual(now, then)
}

function chosenBy(policy: Readonly<KubeObject>, machine: Readonly<KubeObject>): boolean {
  try {
    return chooses(policy as Parameters<typeof chooses>[0], machine)
  } catch {
    // A selector that cannot be read: the policy's own look says so.
    return false
  }
}
