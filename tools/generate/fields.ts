/** What the declaration files lost: formats, numbers with a fraction, free-form objects. Tables by definition and property. */

import type { Schema } from '@berth/meta'
import { newerConstraints, newerFieldSchemas, newerProperties } from './newer.ts'

export const quantity: Schema = { type: 'string', format: 'quantity' }
const time: Schema = { type: 'string', format: 'date-time', nullable: true }
const anything: Schema = { preserveUnknownFields: true }
const anyObject: Schema = { type: 'object', preserveUnknownFields: true }
const number: Schema = { type: 'number', format: 'double' }

/** A field whose doc comment begins so has a named scalar type; the comment is that type's and not the field's, so it goes. */
export const scalarDocs: { begins: string; schema: Schema }[] = [
  { begins: 'Quantity is a fixed-point', schema: quantity },
  { begins: 'Time is a wrapper around time.Time', schema: time },
  { begins: 'MicroTime is version of Time', schema: time },
  { begins: 'IntOrString is a type', schema: { intOrString: true } },
  { begins: 'Duration is a wrapper around', schema: { type: 'string', format: 'duration' } },
  { begins: 'RawExtension is used to hold', schema: anyObject },
  { begins: 'FieldsV1 stores a set of fields', schema: anyObject },
  { begins: 'JSON represents any valid JSON', schema: anything },
  { begins: 'JSONSchemaPropsOr', schema: anything },
]

/** Maps of string whose values are quantities, wherever the property occurs. */
export const quantityMaps = new Set([
  'allocatable',
  'allocatedResources',
  'capacity',
  'default',
  'defaultRequest',
  'hard',
  'limits',
  'max',
  'maxLimitRequestRatio',
  'min',
  'overhead',
  'podFixed',
  'requests',
  'used',
])

const core = 'io.k8s.api.core.v1.'
const schemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps.'
const kubevirt = 'io.kubevirt.v1.'
const bytes: Schema = { type: 'string', format: 'byte' }
const byteMap: Schema = { type: 'object', additionalProperties: { type: 'string', format: 'byte' } }

/** Metadata inside a template: free-form in the published schema, because some clients write `creationTimestamp: null` there. */
const templateMetadata: Schema = { type: 'object', nullable: true, preserveUnknownFields: true }

/** Schemas that stand instead of the one read, doc comment kept. `<definition>.<property>`. */
export const fieldSchemas: Record<string, Schema> = {
  ...newerFieldSchemas,
  [`${core}ConfigMap.binaryData`]: byteMap,
  [`${core}Secret.data`]: byteMap,
  'io.k8s.api.admissionregistration.v1.WebhookClientConfig.caBundle': bytes,
  'io.k8s.api.certificates.v1.CertificateSigningRequestSpec.request': bytes,
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus.certificate': bytes,
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus.disruptedPods': { type: 'object', additionalProperties: time },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig.caBundle': bytes,
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec.caBundle': bytes,
  [`${schemaProps}maximum`]: number,
  [`${schemaProps}minimum`]: number,
  [`${schemaProps}multipleOf`]: number,
  [`${schemaProps}enum`]: { type: 'array', listType: 'atomic', items: anything },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources.status': anyObject,
  [`${schemaProps}dependencies`]: { type: 'object', additionalProperties: anything },
  [`${kubevirt}TokenBucketRateLimiter.qps`]: number,
  [`${kubevirt}VirtualMachineInstanceTemplateSpec.metadata`]: templateMetadata,
  [`${kubevirt}DataVolumeTemplateSpec.metadata`]: templateMetadata,
  [`${kubevirt}DataVolumeTemplateSpec.status`]: { ...anyObject, nullable: true },
}

const conditionTimes: Record<string, Schema> = { lastProbeTime: time, lastTransitionTime: time }

const text: Schema = { type: 'string' }
const cdi = 'io.kubevirt.cdi.v1beta1.'

/** Properties that clients send and the npm types leave out: `nullable` times, and what came after the release the types are of. */
export const extraProperties: Record<string, Record<string, Schema>> = {
  ...newerProperties,
  [`${kubevirt}VirtualMachineCondition`]: conditionTimes,
  [`${kubevirt}VirtualMachineInstanceCondition`]: conditionTimes,
  [`${kubevirt}KubeVirtCondition`]: conditionTimes,
  [`${kubevirt}Interface`]: {
    portRanges: {
      type: 'array',
      listType: 'atomic',
      description: 'Ranges of ports to forward to the guest, beside the single ones of `ports`.',
      items: {
        type: 'object',
        required: ['start', 'end', 'protocol'],
        properties: { start: { type: 'integer' }, end: { type: 'integer' }, protocol: text },
      },
    },
  },
  [`${kubevirt}Network`]: {
    resourceClaim: { type: 'object', properties: { claimName: text, requestName: text } },
  },
  [`${kubevirt}VirtualMachineInstanceSpec`]: {
    serviceAccountName: { ...text, description: 'Name of the service account the machine runs as.' },
  },
  [`${kubevirt}KubeVirtConfiguration`]: {
    persistentReservationConfiguration: {
      type: 'object',
      nullable: true,
      properties: { enabled: { type: 'boolean', nullable: true } },
    },
  },
  [`${kubevirt}VirtualMachineInstanceBackupStatus`]: { quiesceStatus: text },
  [`${cdi}DataVolumeSpec`]: {
    serviceAccountName: { ...text, description: 'Name of the service account the import runs as.' },
  },
  [`${cdi}DataVolumeSourceHTTP`]: {
    checksum: {
      ...text,
      description:
        'What the downloaded file must hash to: `sha256:<hex>`, `sha512:<hex>`, `sha1:<hex>` or `md5:<hex>`.',
    },
    insecureSkipVerify: { type: 'boolean', description: 'Do not check the certificate of the server.' },
  },
  [`${cdi}DataVolumeSourceImageIO`]: { insecureSkipVerify: { type: 'boolean' } },
  [`${cdi}DataVolumeSourceVDDK`]: { certConfigMap: text },
  [`${cdi}CDIConfigSpec`]: { webhookPvcRendering: text },
}

/** Definitions that keep what they do not know: status is written by controllers of other versions too, and a clock is published so. */
export const tolerant: RegExp =
  /^io\.kubevirt\..*\.(?:Clock|(?:VirtualMachine|VirtualMachineInstance|KubeVirt|DataVolume|CDIConfig|StorageProfile|DataSource)Status)$/

/** Kinds the npm types do not have at all. */
export const handWritten: Record<string, Schema> = {
  'io.kubevirt.cdi.v1beta1.StorageProfile': {
    type: 'object',
    description: 'StorageProfile holds what volumes of a storage class can do, so that a DataVolume need not say it.',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: { ref: 'io.kubevirt.cdi.v1beta1.StorageProfileSpec' },
      status: { ref: 'io.kubevirt.cdi.v1beta1.StorageProfileStatus' },
    },
  },
  'io.kubevirt.cdi.v1beta1.StorageProfileSpec': {
    type: 'object',
    properties: {
      claimPropertySets: claimPropertySets(
        'Access and volume modes to use, best first; overrides what is known of the class.',
      ),
      cloneStrategy: {
        type: 'string',
        description: 'How volumes of this class are cloned: copy, snapshot or csi-clone.',
      },
      dataImportCronSourceFormat: { type: 'string', description: 'What recurring imports keep: pvc or snapshot.' },
      snapshotClass: { type: 'string', description: 'VolumeSnapshotClass for snapshots of this class.' },
    },
  },
  'io.kubevirt.cdi.v1beta1.StorageProfileStatus': {
    type: 'object',
    preserveUnknownFields: true,
    properties: {
      claimPropertySets: claimPropertySets('Access and volume modes in effect, best first.'),
      cloneStrategy: { type: 'string' },
      dataImportCronSourceFormat: { type: 'string' },
      provisioner: { type: 'string', description: 'Provisioner of the storage class.' },
      snapshotClass: { type: 'string' },
      storageClass: { type: 'string', description: 'The storage class this profile describes.' },
    },
  },
}

function claimPropertySets(description: string): Schema {
  return {
    type: 'array',
    listType: 'atomic',
    maxItems: 8,
    description,
    items: {
      type: 'object',
      required: ['accessModes', 'volumeMode'],
      properties: {
        accessModes: { type: 'array', listType: 'atomic', maxItems: 4, items: { type: 'string' } },
        volumeMode: { type: 'string', enum: ['Block', 'Filesystem'] },
      },
    },
  }
}

const nullable: Schema = { nullable: true }
const tlsVersions = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13']

/** Constraints of the published schemas beyond the types. `<definition>.<property>`. */
export const constraints: Record<string, Schema> = {
  ...newerConstraints,
  // Part of the key that server-side apply finds a port by, so apply must know them too.
  [`${core}ContainerPort.protocol`]: { default: 'TCP' },
  [`${core}ServicePort.protocol`]: { default: 'TCP' },
  [`${kubevirt}VirtualMachineInstanceSpec.accessCredentials`]: { maxItems: 256 },
  [`${kubevirt}VirtualMachineInstanceSpec.networks`]: { maxItems: 256 },
  [`${kubevirt}VirtualMachineInstanceSpec.volumes`]: { maxItems: 256 },
  [`${kubevirt}VirtualMachineInstanceSpec.utilityVolumes`]: { maxItems: 256 },
  [`${kubevirt}Devices.disks`]: { maxItems: 256 },
  [`${kubevirt}Devices.interfaces`]: { maxItems: 256 },
  [`${kubevirt}VirtualMachineStatus.printableStatus`]: { default: 'Stopped' },
  [`${kubevirt}VirtualMachineSpec.dataVolumeTemplates`]: {
    items: { ref: `${kubevirt}DataVolumeTemplateSpec`, nullable: true },
  },
  [`${kubevirt}VirtualMachineStatus.changedBlockTracking`]: nullable,
  [`${kubevirt}VirtualMachineStatus.instancetypeRef`]: nullable,
  [`${kubevirt}VirtualMachineStatus.memoryDumpRequest`]: nullable,
  [`${kubevirt}VirtualMachineStatus.preferenceRef`]: nullable,
  [`${kubevirt}VirtualMachineStatus.startFailure`]: nullable,
  [`${kubevirt}VirtualMachineInstanceStatus.changedBlockTracking`]: nullable,
  [`${kubevirt}ChangedBlockTrackingStatus.backupStatus`]: nullable,
  [`${kubevirt}ReservedOverhead.memLock`]: { enum: ['NotRequired', 'Required'] },
  [`${kubevirt}DomainSpec.rebootPolicy`]: { enum: ['Reboot', 'Terminate'] },
  [`${kubevirt}KubeVirtConfiguration.changedBlockTrackingLabelSelectors`]: nullable,
  [`${kubevirt}KubeVirtConfiguration.commonInstancetypesDeployment`]: nullable,
  [`${kubevirt}CommonInstancetypesDeployment.enabled`]: nullable,
  [`${kubevirt}KubeVirtConfiguration.confidentialCompute`]: nullable,
  [`${kubevirt}ConfidentialComputeConfiguration.tdx`]: nullable,
  [`${kubevirt}KubeVirtConfiguration.instancetype`]: nullable,
  [`${kubevirt}InstancetypeConfiguration.referencePolicy`]: {
    nullable: true,
    enum: ['reference', 'expand', 'expandAll'],
  },
  [`${kubevirt}KubeVirtConfiguration.roleAggregationStrategy`]: { enum: ['AggregateToDefault', 'Manual'] },
  [`${kubevirt}KubeVirtConfiguration.virtTemplateDeployment`]: nullable,
  [`${kubevirt}VirtTemplateDeployment.enabled`]: nullable,
  [`${kubevirt}KubeVirtConfiguration.vmRolloutStrategy`]: { nullable: true, enum: ['Stage', 'LiveUpdate'] },
  [`${kubevirt}HypervisorConfiguration.name`]: { enum: ['kvm', 'hyperv-direct'] },
  [`${kubevirt}TLSConfiguration.minTLSVersion`]: { enum: tlsVersions },
  [`${cdi}CustomTLSProfile.minTLSVersion`]: { enum: tlsVersions },
  [`${cdi}TLSSecurityProfile.type`]: { enum: ['Old', 'Intermediate', 'Modern', 'Custom'] },
  [`${cdi}TLSSecurityProfile.custom`]: nullable,
  [`${cdi}TLSSecurityProfile.intermediate`]: nullable,
  [`${cdi}TLSSecurityProfile.modern`]: nullable,
  [`${cdi}TLSSecurityProfile.old`]: nullable,
  [`${cdi}DataVolumeSpec.contentType`]: { enum: ['kubevirt', 'archive'] },
}
