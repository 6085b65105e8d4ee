/** The kinds of snapshots of volumes. Rules that the published schema writes as expressions are kept here, in the words of who evaluates them. */

import { volumeSnapshotResources, type VolumeSnapshotClass } from '@berth/api'
import type { ResourceDefinition, ResourceRules } from '@berth/apiserver'
import { deepEqual, isJsonObject, type Json, type StatusCause } from '@berth/meta'
import { allSchemas } from '../resources/schemas.ts'
import { typed } from '../resources/typed.ts'
import { localDriver } from './snapshot-class.ts'

const { volumeSnapshot, volumeSnapshotContent, volumeSnapshotClass } = volumeSnapshotResources

export function volumeSnapshotDefinitions(): ResourceDefinition[] {
  return [
    {
      ...typed(volumeSnapshot, allSchemas),
      rules: eitherSource('persistentVolumeClaimName', 'volumeSnapshotContentName'),
    },
    { ...typed(volumeSnapshotContent, allSchemas), rules: eitherSource('volumeHandle', 'snapshotHandle') },
    { ...typed(volumeSnapshotClass, allSchemas), rules: classRules },
  ]
}

function eitherSource(...members: readonly [string, string]): ResourceRules {
  return {
    validate(object, previous): StatusCause[] {
      const field = 'spec.source'
      const [now, before] = [object, previous].map((each) => sourceOf(each?.['spec']))
      if (members.filter((member) => now?.[member] !== undefined).length !== 1) {
        const why = `exactly one of ${members.toSorted().toReversed().join(' and ')} must be set`
        return [{ reason: 'FieldValueInvalid', field, message: `Invalid value: "object": ${why}` }]
      }
      if (previous === undefined || deepEqual(now, before)) return []
      const changed = members.find((member) => before?.[member] !== undefined) ?? ''
      return [
        {
          reason: 'FieldValueInvalid',
          field: `${field}.${changed}`,
          message: `Invalid value: "string": ${changed} is immutable`,
        },
      ]
    },
  }
}

function sourceOf(spec: Json | undefined): Record<string, Json | undefined> | undefined {
  const source = isJsonObject(spec) ? spec['source'] : undefined
  return isJsonObject(source) ? source : undefined
}

const classRules: ResourceRules = {
  validate(object): StatusCause[] {
    // The schema has vouched for the shape.
    const { driver, parameters = {} } = object as unknown as VolumeSnapshotClass
    if (driver !== localDriver) return []
    return Object.keys(parameters).map((name) => ({
      reason: 'FieldValueForbidden',
      field: `parameters.${name}`,
      message: `driver ${localDriver} knows no parameter ${name}`,
    }))
  },
}
