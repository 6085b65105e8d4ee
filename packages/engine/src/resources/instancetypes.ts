/** Instance types and preferences, of a namespace and of the cluster. */

import {
  denied,
  instancetypeWarnings,
  preferenceWarnings,
  resources,
  validateInstancetype,
  validatePreference,
  type Instancetype,
  type Preference,
} from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import type { StatusCause } from '@berth/meta'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

const { virtualMachineInstancetype, virtualMachineClusterInstancetype } = resources
const { virtualMachinePreference, virtualMachineClusterPreference } = resources

export function instancetypeDefinitions(): ResourceDefinition[] {
  return [
    ...[virtualMachineInstancetype, virtualMachineClusterInstancetype].map((data) => ({
      ...typed(data, allSchemas),
      rules: rules<Instancetype>(data.webhooks.createValidator, {
        causes: ({ spec }) => validateInstancetype(spec),
        warnings: ({ spec }) => instancetypeWarnings(spec),
      }),
    })),
    ...[virtualMachinePreference, virtualMachineClusterPreference].map((data) => ({
      ...typed(data, allSchemas),
      rules: rules<Preference>(data.webhooks.createValidator, {
        causes: ({ spec }) => validatePreference(spec),
        warnings: ({ spec }) => preferenceWarnings(spec),
      }),
    })),
  ]
}

function rules<T>(
  webhook: string,
  { causes, warnings }: { causes: (object: T) => StatusCause[]; warnings: (object: T) => string[] },
): ResourceRules {
  return {
    validate(object, _previous, context) {
      // The schema has vouched for the shape.
      const typedObject = object as unknown as T
      const found = causes(typedObject)
      if (found.length > 0) throw denied(webhook, found)
      for (const warning of warnings(typedObject)) context.warn(warning)
      return []
    },
  }
}
