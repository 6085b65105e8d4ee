/** VirtualMachineExports: finds what they are of, makes their token, says where their disks are, and removes them when their time is over. */

import { randomInt } from 'node:crypto'
import { virtualMachineExports, type VirtualMachineExport, type VirtualMachineExportStatus } from '@berth/api'
import { parseDuration } from '@berth/base'
import {
  controllerReferenceTo,
  deepEqual,
  resource,
  setCondition,
  StatusError,
  unlessMissing,
  type KubeObject,
} from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  secrets,
  type Controller,
  type EventRecorder,
  type Informer,
  type ReconcileResult,
} from '@berth/kube'
import type { EngineServices } from '../services.ts'
import type { Downloads } from './downloads.ts'
import { findSource, type FoundSource, type SourceCondition } from './find-source.ts'
import { linksOf, type ExportAddress } from './links.ts'

export interface ExportControllerOptions {
  services: EngineServices
  exports: Informer<VirtualMachineExport>
  address: ExportAddress
  downloads: Downloads
  events: EventRecorder
}

type Status = VirtualMachineExportStatus

const coreServices = resource<KubeObject & { spec: object }>({
  apiVersion: 'v1',
  resource: 'services',
  kind: 'Service',
  namespaced: true,
})

const defaultTtlMs = 2 * 3600_000
/** How often a source that is not there yet is looked for, beside every change of machines and claims. */
const recheckMs = 3_000

export function createExportController(options: ExportControllerOptions): Controller {
  const { services, exports, address, downloads, events } = options
  const { client, clock, informers } = services

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace, name } = parseKey(key)
    const wanted = exports.get(namespace, name)
    if (wanted === undefined || wanted.metadata.deletionTimestamp !== undefined) return
    const left = expiryOf(wanted).getTime() - clock.now().getTime()
    if (left <= 0) return expire(wanted)
    await ensureService(wanted)
    const source = await findSource(wanted, services)
    if (source.state !== 'ready' && downloads.cut(wanted.metadata.uid ?? '')) {
      events.record(wanted, { type: 'Warning', reason: 'ExporterPodFailedOrCompleted', message: pausedMessage(source) })
    }
    const tokenSecretRef = wanted.spec.tokenSecretRef ?? (await ownToken(wanted, source))
    await write(wanted, { source, tokenSecretRef })
    return { requeueAfterMs: source.state === 'waiting' ? Math.min(left, recheckMs) : left }
  }

  async function expire(wanted: Readonly<VirtualMachineExport>): Promise<void> {
    const { namespace = '', name = '', uid } = wanted.metadata
    try {
      await client.delete(
        virtualMachineExports,
        { namespace, name },
        uid === undefined ? {} : { preconditions: { uid } },
      )
    } catch (error) {
      // Another one of this name, or none any more.
      if (!(error instanceof StatusError) || (error.code !== 'NotFound' && error.code !== 'Conflict')) throw error
    }
  }

  /**
   * Clients that forward a port look for the service, and for the pods behind it: there are none, which they say at once. Without the
   * service they would wait for it.
   */
  async function ensureService(wanted: Readonly<VirtualMachineExport>): Promise<void> {
    if (wanted.status?.serviceName !== undefined) return
    const { namespace = '', name = '' } = wanted.metadata
    const service: KubeObject & { spec: object } = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: serviceNameOf(name), namespace, ownerReferences: [controllerReferenceTo(wanted)] },
      spec: {
        selector: { 'kubevirt.io.virt-export-service': serviceNameOf(name) },
        ports: [{ name: 'export', protocol: 'TCP', port: 443, targetPort: 8443 }],
      },
    }
    try {
      await client.create(coreServices, service)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (error.code === 'AlreadyExists') return
      // A quota, for one: nobody who downloads needs it.
      events.record(wanted, { type: 'Warning', reason: 'ServiceFailed', message: error.message })
    }
  }

  /** The name of the secret that the engine makes when the export names none; made when there is something to export. */
  async function ownToken(wanted: Readonly<VirtualMachineExport>, source: FoundSource): Promise<string | undefined> {
    const { namespace = '', name: exportName = '' } = wanted.metadata
    const name = wanted.status?.tokenSecretRef ?? `export-token-${exportName}`.slice(0, 63)
    if (source.state !== 'ready') return wanted.status?.tokenSecretRef
    const existing = await unlessMissing(client.get(secrets, { namespace, name }))
    if (existing !== undefined) {
      // One that lies there for another purpose must not become a key that opens disks.
      const isOwn = existing.metadata.ownerReferences?.some(({ uid }) => uid === wanted.metadata.uid) === true
      if (isOwn) return name
      events.record(wanted, {
        type: 'Warning',
        reason: 'SecretExists',
        message: `Secret ${namespace}/${name} exists and is not of this export; name a secret in spec.tokenSecretRef`,
      })
      return undefined
    }
    await client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, ownerReferences: [controllerReferenceTo(wanted)] },
      type: 'Opaque',
      data: { token: Buffer.from(newToken()).toString('base64') },
    })
    events.record(wanted, {
      type: 'Normal',
      reason: 'SecretCreated',
      message: `Created default secret ${namespace}/${name}`,
    })
    return name
  }

  async function write(
    wanted: Readonly<VirtualMachineExport>,
    { source, tokenSecretRef }: { source: FoundSource; tokenSecretRef: string | undefined },
  ): Promise<void> {
    const { namespace = '', name = '' } = wanted.metadata
    const isReady = source.state === 'ready'
    const ready: SourceCondition = isReady
      ? { type: 'Ready', status: 'True', reason: 'PodReady', message: '' }
      : { type: 'Ready', status: 'False', reason: source.reason, message: source.message }
    let conditions: NonNullable<Status['conditions']> = wanted.status?.conditions ?? []
    for (const condition of [ready, ...(source.condition === undefined ? [] : [source.condition])])
      conditions = [...setCondition(conditions, condition, clock.now())]
    const status: Status = {
      phase: isReady ? 'Ready' : source.state === 'nothing' ? 'Skipped' : 'Pending',
      conditions,
      serviceName: serviceNameOf(name),
      ttlExpirationTime: expiryOf(wanted)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      ...(tokenSecretRef === undefined ? {} : { tokenSecretRef }),
      ...(source.machine === undefined ? {} : { virtualMachineName: source.machine }),
      links: isReady
        ? linksOf(
            { namespace, name },
            {
              address,
              volumes: source.volumes,
              backups: source.backup?.volumes.map(({ volumeName }) => volumeName),
              manifests: source.machine !== undefined,
            },
          )
        : {},
    }
    if (deepEqual(status, wanted.status)) return
    await client.updateStatus(virtualMachineExports, { ...wanted, status })
  }

  return createController({
    name: 'exports',
    reconcile,
    watches: [
      { informer: exports },
      // Few at a time: each looks itself whether the change is about its source.
      { informer: informers.claims, keys: ({ metadata }) => inNamespace(metadata.namespace) },
      { informer: informers.instances, keys: ({ metadata }) => inNamespace(metadata.namespace) },
      { informer: informers.machines, keys: ({ metadata }) => inNamespace(metadata.namespace) },
      { informer: informers.backups, keys: ({ metadata }) => inNamespace(metadata.namespace) },
    ],
    ...services.runtime,
  })

  function inNamespace(namespace: string | undefined): string[] {
    return exports
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(keyOf)
  }
}

function pausedMessage(source: FoundSource): string {
  return source.state === 'ready' || source.message === '' ? 'The export was paused' : source.message
}

function expiryOf({ metadata, spec }: Readonly<VirtualMachineExport>): Date {
  const created = Date.parse(metadata.creationTimestamp ?? '')
  return new Date(created + (spec.ttlDuration === undefined ? defaultTtlMs : parseDuration(spec.ttlDuration)))
}

/** Of the service that a cluster would have; its clients look for pods behind it, of which there are none here. */
function serviceNameOf(name: string): string {
  return `virt-export-${name.replaceAll('.', '-')}`.slice(0, 63).replace(/-+$/, '')
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** As long as virtctl's, and of the same letters. */
function newToken(): string {
  return Array.from({ length: 20 }, () => letters[randomInt(letters.length)]).join('')
}
