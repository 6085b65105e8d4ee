/** What Kubernetes fills into a pod that leaves it open (core/v1 defaults and the ServiceAccount admission plugin). */

import type { JsonObject } from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { defaultTo, ensureObject, objectAt, objectsAt, textAt } from './fields.ts'
import { qosClassOf } from './pod-qos.ts'

export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const

export function defaultPod(pod: CoreObject, creating: boolean): void {
  const spec = ensureObject(pod, 'spec')
  defaultTo(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    enableServiceLinks: true,
  })
  const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount') || 'default'
  defaultTo(spec, { serviceAccountName: account, serviceAccount: account })
  for (const list of containerLists) objectsAt(spec, list).forEach((container) => defaultContainer(container, spec))
  objectsAt(spec, 'volumes').forEach(defaultVolume)
  if (creating) pod['status'] = { phase: 'Pending', qosClass: qosClassOf(spec) }
}

function defaultContainer(container: JsonObject, spec: JsonObject): void {
  defaultTo(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicyOf(textAt(container, 'image')),
    resources: {},
  })
  const hostNetwork = spec['hostNetwork'] === true
  for (const port of objectsAt(container, 'ports')) {
    defaultTo(port, { protocol: 'TCP' })
    if (hostNetwork) defaultTo(port, { hostPort: port['containerPort'] ?? null })
  }
  for (const variable of objectsAt(container, 'env')) {
    const field = objectAt(objectAt(variable, 'valueFrom'), 'fieldRef')
    if (field !== undefined) defaultTo(field, { apiVersion: 'v1' })
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(objectAt(container, probe))
  for (const moment of ['postStart', 'preStop']) {
    defaultHttpGet(objectAt(objectAt(container, 'lifecycle'), moment))
  }
  const limits = objectAt(objectAt(container, 'resources'), 'limits')
  if (limits !== undefined) defaultTo(ensureObject(ensureObject(container, 'resources'), 'requests'), limits)
}

function defaultProbe(probe: JsonObject | undefined): void {
  if (probe === undefined) return
  defaultTo(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  defaultHttpGet(probe)
  const grpc = objectAt(probe, 'grpc')
  if (grpc !== undefined) defaultTo(grpc, { service: '' })
}

function defaultHttpGet(handler: JsonObject | undefined): void {
  const http = objectAt(handler, 'httpGet')
  if (http !== undefined) defaultTo(http, { path: '/', scheme: 'HTTP' })
}

const readableByOwner = 0o644
const hourInSeconds = 3600

function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name')
  if (sources.length === 0) volume['emptyDir'] = {}
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const found = objectAt(volume, source)
    if (found !== undefined) defaultTo(found, { defaultMode: readableByOwner })
  }
  defaultFieldRefs(objectAt(volume, 'downwardAPI'))
  for (const source of objectsAt(objectAt(volume, 'projected'), 'sources')) {
    defaultFieldRefs(objectAt(source, 'downwardAPI'))
    const token = objectAt(source, 'serviceAccountToken')
    if (token !== undefined) defaultTo(token, { expirationSeconds: hourInSeconds })
  }
  const iscsi = objectAt(volume, 'iscsi')
  if (iscsi !== undefined) defaultTo(iscsi, { iscsiInterface: 'default' })
  const claim = objectAt(objectAt(objectAt(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec')
  if (claim !== undefined) defaultTo(claim, { volumeMode: 'Filesystem' })
  const hostPath = objectAt(volume, 'hostPath')
  if (hostPath !== undefined) defaultTo(hostPath, { type: '' })
}

function defaultFieldRefs(source: JsonObject | undefined): void {
  for (const item of objectsAt(source, 'items')) {
    const field = objectAt(item, 'fieldRef')
    if (field !== undefined) defaultTo(field, { apiVersion: 'v1' })
  }
}

/** `Always` for `:latest` and for no tag at all, `IfNotPresent` otherwise. */
function pullPolicyOf(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const tag = /:([^:/]+)$/.exec(image)?.[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}
