/** Good requests to begin with: one of each kind that has a syntax of its own to get wrong. */

import type { Json, JsonObject } from './json.ts'
import { guestMachine } from '../manifests.ts'

export interface Seed {
  /** Of the collection, below `/api/v1` or `/apis/GROUP/VERSION`; `{ns}` stands for the namespace. */
  collection: string
  object: JsonObject
  /** Parts of an object with their own paths. */
  subresources?: readonly string[]
}

export const namespace = 'fuzz'

const named = (name: string): JsonObject => ({ name })

function kind(apiVersion: string, name: string, rest: JsonObject): JsonObject {
  return { apiVersion, kind: name, metadata: named('a'), ...rest }
}

/** PKCS #10, PEM, base64: of user `u` in group `g`, by a key that was thrown away. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIU01Ib0NBUUF3R0RFS01BZ0dBMVVFQXd3QmRURUtNQWdHQTFVRUNnd0JaekJaTUJNR0J5cUdTTTQ5QWdFRwpDQ3FHU000OUF3RUhBMElBQkltSUJyVHQxbzZhYVRWVExEa2tyNnRhNVFjWklPeWRZRFNxdHk0b1ZJbVVFUnB0CkYzNWRhR2lYSG5weWxRenlLVjRrN2ZwMllhakQwck5WVXV0Q1VwR2dBREFLQmdncWhrak9QUVFEQWdOSUFEQkYKQWlFQXZBRXJ6cm5OYUd1QTRyWElmMTEwZ1hqL0VRVk5OZ1pKT3lBcDlIVFU5SGNDSUcrRWx0dDVvWnkxN29GYwp1Rk5IMU5XeWxmYUkvRnFnWlc0UDF2Q2ZJanRECi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='

const rule: JsonObject = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['limitranges'],
}

const crdSchema: JsonObject = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 0, maximum: 100, default: 3 },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        names: {
          type: 'array',
          items: { type: 'string', maxLength: 20 },
          maxItems: 9,
          'x-kubernetes-list-type': 'set',
        },
        parts: {
          type: 'array',
          maxItems: 9,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', maxLength: 20 }, value: { type: 'string', pattern: '^(a|b)*$' } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        when: { type: 'string', format: 'date-time' },
      },
      'x-kubernetes-validations': [
        { rule: 'self.size <= 100 && (!has(self.names) || self.names.all(n, n.matches("^[a-z]+$")))', message: 'no' },
        { rule: 'self.size >= oldSelf.size', messageExpression: 'oldSelf.size > 1 ? "shrunk" : "gone"' },
      ],
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' } } },
  },
}

/** Of the group that the CRD in `seeds` makes. */
const gadget = kind('fuzz.example/v1', 'Gadget', {
  spec: {
    size: 4,
    port: 'http',
    names: ['x', 'y'],
    parts: [{ name: 'p', value: 'ab' }],
    free: { any: [1, { b: null }] },
  },
})

export const gadgetDefinition: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: named('gadgets.fuzz.example'),
  spec: {
    group: 'fuzz.example',
    scope: 'Namespaced',
    names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList', shortNames: ['gd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: crdSchema },
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' } },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        selectableFields: [{ jsonPath: '.spec.when' }],
      },
    ],
  },
}

export const gadgets: Seed = {
  collection: '/apis/fuzz.example/v1/namespaces/{ns}/gadgets',
  object: gadget,
  subresources: ['status', 'scale'],
}

export const seeds: readonly Seed[] = [
  gadgets,
  { collection: '/api/v1/namespaces/{ns}/configmaps', object: kind('v1', 'ConfigMap', { data: { k: 'v' } }) },
  { collection: '/api/v1/namespaces/{ns}/secrets', object: kind('v1', 'Secret', { data: { k: 'dg==' } }) },
  {
    collection: '/api/v1/namespaces/{ns}/serviceaccounts',
    object: kind('v1', 'ServiceAccount', {}),
    subresources: ['token'],
  },
  {
    collection: '/api/v1/namespaces/{ns}/services',
    object: kind('v1', 'Service', {
      spec: { selector: { a: 'b' }, ports: [{ name: 'p', port: 80, targetPort: 'x' }] },
    }),
    subresources: ['status'],
  },
  {
    collection: '/api/v1/namespaces/{ns}/events',
    object: kind('v1', 'Event', {
      involvedObject: { kind: 'Pod', name: 'a', namespace },
      reason: 'R',
      message: 'm',
      type: 'Normal',
      eventTime: '2024-01-01T00:00:00.000000Z',
      reportingComponent: 'example.com/c',
      reportingInstance: 'i',
      action: 'a',
      series: { count: 2, lastObservedTime: '2024-01-01T00:00:00.000000Z' },
    }),
  },
  {
    collection: '/apis/events.k8s.io/v1/namespaces/{ns}/events',
    object: kind('events.k8s.io/v1', 'Event', {
      regarding: { kind: 'Pod', name: 'a', namespace },
      reason: 'R',
      action: 'a',
      type: 'Normal',
      note: 'n',
      eventTime: '2024-01-01T00:00:00.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'i',
    }),
  },
  {
    collection: '/api/v1/namespaces/{ns}/resourcequotas',
    object: kind('v1', 'ResourceQuota', { spec: { hard: { 'count/configmaps': '100', 'requests.memory': '1Gi' } } }),
    subresources: ['status'],
  },
  {
    collection: '/api/v1/namespaces/{ns}/limitranges',
    object: kind('v1', 'LimitRange', {
      spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2' }, min: { cpu: '1m' } }] },
    }),
  },
  {
    collection: '/api/v1/namespaces/{ns}/persistentvolumeclaims',
    object: kind('v1', 'PersistentVolumeClaim', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    }),
    subresources: ['status'],
  },
  {
    collection: '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
    object: kind('coordination.k8s.io/v1', 'Lease', {
      spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2024-01-01T00:00:00.000000Z' },
    }),
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
    object: kind('rbac.authorization.k8s.io/v1', 'Role', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    }),
  },
  {
    collection: '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
    object: kind('rbac.authorization.k8s.io/v1', 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
      subjects: [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }],
    }),
  },
  {
    collection: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    object: {
      ...gadgetDefinition,
      metadata: named('widgets.fuzz.example'),
      spec: {
        group: 'fuzz.example',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: crdSchema } }],
      },
    },
    subresources: ['status'],
  },
  {
    collection: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    object: kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', {
      spec: {
        failurePolicy: 'Fail',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [{ name: 'c', expression: 'request.operation != "DELETE"' }],
        variables: [{ name: 'n', expression: 'object.metadata.name' }],
        validations: [{ expression: 'variables.n.size() < 50 && object.spec.limits.exists(l, l.type == "Container")' }],
        auditAnnotations: [{ key: 'k', valueExpression: '"v"' }],
      },
    }),
  },
  {
    collection: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
    object: kind('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', {
      spec: { policyName: 'a', validationActions: ['Warn'], matchResources: { resourceRules: [rule] } },
    }),
  },
  {
    collection: '/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicies',
    object: kind('admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicy', {
      spec: {
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'Never',
        matchConstraints: { resourceRules: [rule] },
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' },
          },
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/c", value: "d"}]' },
          },
        ],
      },
    }),
  },
  {
    collection: '/apis/admissionregistration.k8s.io/v1beta1/mutatingadmissionpolicybindings',
    object: kind('admissionregistration.k8s.io/v1beta1', 'MutatingAdmissionPolicyBinding', {
      spec: { policyName: 'a' },
    }),
  },
  {
    collection: '/apis/scheduling.k8s.io/v1/priorityclasses',
    object: kind('scheduling.k8s.io/v1', 'PriorityClass', { value: 100, preemptionPolicy: 'Never' }),
  },
  {
    collection: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    object: kind('certificates.k8s.io/v1', 'CertificateSigningRequest', {
      spec: {
        request: certificateRequest,
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: ['client auth'],
      },
    }),
    subresources: ['approval', 'status'],
  },
  {
    collection: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    object: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'u', groups: ['g'], resourceAttributes: { verb: 'get', resource: 'pods', namespace } },
    },
  },
  {
    collection: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    object: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  },
  {
    collection: '/apis/authentication.k8s.io/v1/tokenreviews',
    object: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'e30.e30.e30' } },
  },
  {
    collection: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    object: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  },
  {
    collection: '/apis/kubevirt.io/v1/namespaces/{ns}/virtualmachines',
    // The builder's types are stricter than JSON.
    object: JSON.parse(JSON.stringify(guestMachine('a', { namespace, runStrategy: 'Halted' }))),
    subresources: ['status'],
  },
]

/** Bodies of subresources, which have kinds of their own. */
export const subresourceBodies: readonly Json[] = [
  { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a', namespace }, spec: { replicas: 2 } },
  { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['x'], expirationSeconds: 600 } },
  { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a', namespace } },
  { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Orphan', preconditions: { uid: 'x' } },
]
