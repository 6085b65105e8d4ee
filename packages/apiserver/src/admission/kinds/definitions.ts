/** The kinds that configure admission (admissionregistration.k8s.io). */

import type { SchemaSet } from '@berth/meta'
import { ageColumn, builtIn, nameColumn, text, type CoreObject } from '../../core/built-in.ts'
import { objectAt, objectsAt, textAt } from '../../core/fields.ts'
import type { PrinterColumn, ResourceDefinition, ResourceRules } from '../../resource/definition.ts'
import { bindingCauses } from './binding-causes.ts'
import { countGeneration, defaultBinding, defaultPolicy, defaultWebhooks } from './defaults.ts'
import { mutatingPolicyCauses, validatingPolicyCauses } from './policy-causes.ts'
import { webhookConfigurationCauses } from './webhook-causes.ts'

const group = 'admissionregistration.k8s.io'

/** @throws Error when the schemas do not have the kinds: they were generated for another server */
export function admissionKinds({ schemas }: { schemas: SchemaSet }): ResourceDefinition[] {
  return [
    webhooks(schemas, 'ValidatingWebhookConfiguration'),
    webhooks(schemas, 'MutatingWebhookConfiguration'),
    inBoth(validatingPolicies(schemas), schemas, 'v1beta1'),
    inBoth(bindings(schemas, 'ValidatingAdmissionPolicyBinding'), schemas, 'v1beta1'),
    inBoth(mutatingPolicies(schemas), schemas, 'v1alpha1'),
    inBoth(bindings(schemas, 'MutatingAdmissionPolicyBinding'), schemas, 'v1alpha1'),
  ]
}

function kind(
  schemas: SchemaSet,
  options: {
    kind: string
    resource: string
    apiPackage?: string
    columns: PrinterColumn[]
    rules: ResourceRules
    status?: boolean
  },
): ResourceDefinition {
  const shared = {
    group,
    categories: ['api-extensions'],
    namespaced: false,
    unconditionalUpdate: false,
    apiPackage: 'admissionregistration.v1',
  }
  return builtIn(schemas, { ...shared, ...options })
}

/** When Kubernetes discourages and drops the older versions. */
const ends = { v1alpha1: 'v1.35+, unavailable in v1.38+', v1beta1: 'v1.31+, unavailable in v1.34+' } as const

/** Serves an older version too; they share their shape and differ in what OpenAPI calls them. */
function inBoth(definition: ResourceDefinition, schemas: SchemaSet, older: keyof typeof ends): ResourceDefinition {
  const name = older === 'v1alpha1' ? 'v1beta1' : 'v1'
  const schemaName = `io.k8s.api.admissionregistration.${older}.${definition.kind}`
  const schema = schemas[schemaName]
  const deprecated = `${group}/${older} ${definition.kind} is deprecated in ${ends[older]}`
  const own = schema === undefined ? {} : { schemaName, schema }
  return { ...definition, versions: [{ name }, { name: older, deprecated, ...own }] }
}

function webhooks(
  schemas: SchemaSet,
  name: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration',
): ResourceDefinition {
  const mutating = name === 'MutatingWebhookConfiguration'
  return kind(schemas, {
    kind: name,
    resource: `${name.toLowerCase()}s`,
    columns: [nameColumn, count('Webhooks', (object) => objectsAt(object, 'webhooks').length), ageColumn],
    rules: {
      default(object, previous) {
        defaultWebhooks(object, mutating)
        countGeneration(object, previous, 'webhooks')
      },
      validate: webhookConfigurationCauses,
    },
  })
}

function validatingPolicies(schemas: SchemaSet): ResourceDefinition {
  return kind(schemas, {
    kind: 'ValidatingAdmissionPolicy',
    resource: 'validatingadmissionpolicies',
    status: true,
    columns: policyColumns('Validations', 'validations'),
    rules: { default: (object) => defaultPolicy(object), validate: validatingPolicyCauses },
  })
}

function mutatingPolicies(schemas: SchemaSet): ResourceDefinition {
  return kind(schemas, {
    apiPackage: 'admissionregistration.v1beta1',
    kind: 'MutatingAdmissionPolicy',
    resource: 'mutatingadmissionpolicies',
    columns: policyColumns('Mutations', 'mutations'),
    rules: {
      default(object, previous) {
        defaultPolicy(object)
        countGeneration(object, previous, 'spec')
      },
      validate: mutatingPolicyCauses,
    },
  })
}

function bindings(
  schemas: SchemaSet,
  name: 'ValidatingAdmissionPolicyBinding' | 'MutatingAdmissionPolicyBinding',
): ResourceDefinition {
  const mutating = name === 'MutatingAdmissionPolicyBinding'
  return kind(schemas, {
    apiPackage: mutating ? 'admissionregistration.v1beta1' : 'admissionregistration.v1',
    kind: name,
    resource: `${name.toLowerCase()}s`,
    columns: [
      nameColumn,
      text('PolicyName', (object) => textAt(objectAt(object, 'spec'), 'policyName')),
      text('ParamRef', shownParamRef),
      ageColumn,
    ],
    rules: {
      default(object, previous) {
        defaultBinding(object, mutating)
        countGeneration(object, previous, 'spec')
      },
      validate: (object) => bindingCauses(object, mutating),
    },
  })
}

function policyColumns(title: string, list: string): PrinterColumn[] {
  return [
    nameColumn,
    count(title, (object) => objectsAt(objectAt(object, 'spec'), list).length),
    text('ParamKind', shownParamKind),
    ageColumn,
  ]
}

function count(name: string, value: (object: CoreObject) => number): PrinterColumn {
  return { name, type: 'integer', value }
}

function shownParamKind(object: CoreObject): string {
  const found = objectAt(objectAt(object, 'spec'), 'paramKind')
  return found === undefined ? '<unset>' : `${textAt(found, 'apiVersion')}/${textAt(found, 'kind')}`
}

function shownParamRef(object: CoreObject): string {
  const found = objectAt(objectAt(object, 'spec'), 'paramRef')
  if (found === undefined) return '<unset>'
  const [namespace, name] = [textAt(found, 'namespace'), textAt(found, 'name')]
  return `${namespace === '' ? '*' : namespace}/${name}`
}
