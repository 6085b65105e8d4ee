/** Admission of a DataImportCron and of a DataSource, in the order and words of CDI's webhook. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { DataImportCron, DataSource } from '../types/data-volume.ts'
import { duplicateField, invalidField, type Rule } from './cause.ts'
import { validateDataVolumeSpec } from './data-volume.ts'

type Spec = DataImportCron['spec']

/** Of a DNS label: the DataSource's name begins the names of its disks. */
const maxName = 63

export const dataImportCronAdmission: readonly Rule<Spec & { scheduleProblem?: string }>[] = [
  {
    name: 'source',
    causes: ({ template }, field) => {
      const { source } = template.spec
      if (source?.registry !== undefined || source?.pvc !== undefined) return []
      return [invalidField(`${field}.Template`, 'Missing source')]
    },
  },
  {
    name: 'fields the import sets itself',
    causes: ({ template }, field) => {
      const { sourceRef, contentType = '', ...rest } = template.spec
      const checkpoints = 'checkpoints' in rest || 'finalCheckpoint' in rest
      if (sourceRef === undefined && contentType === '' && !checkpoints) return []
      const message = 'Unsettable fields: SourceRef, ContentType, Checkpoints, FinalCheckpoint'
      return [invalidField(`${field}.Template`, message)]
    },
  },
  { name: 'template', causes: ({ template }) => validateDataVolumeSpec(template.spec, 'Template') },
  {
    name: 'schedule',
    causes: ({ scheduleProblem }, field) =>
      scheduleProblem === undefined
        ? []
        : [invalidField(`${field}.Schedule`, `Illegal cron schedule: ${scheduleProblem}`)],
  },
  {
    name: 'imports to keep',
    causes: ({ importsToKeep = 0 }, field) =>
      importsToKeep >= 0 ? [] : [invalidField(`${field}.ImportsToKeep`, 'Illegal ImportsToKeep value')],
  },
  {
    name: 'garbage collection',
    causes: ({ garbageCollect = 'Outdated' }, field) =>
      ['Never', 'Outdated'].includes(garbageCollect)
        ? []
        : [invalidField(`${field}.GarbageCollect`, 'Illegal GarbageCollect value')],
  },
  {
    name: 'retention',
    causes: ({ retentionPolicy = 'RetainAll' }, field) =>
      ['None', 'RetainAll'].includes(retentionPolicy)
        ? []
        : [invalidField(`${field}.RetentionPolicy`, 'Illegal RetentionPolicy value')],
  },
  {
    name: 'managed DataSource',
    causes: ({ managedDataSource }, field) => {
      if (managedDataSource === '')
        return [invalidField(`${field}.ManagedDataSource`, 'Illegal ManagedDataSource value')]
      if (managedDataSource.length <= maxName) return []
      return [{ reason: 'FieldValueInvalid', message: `Name cannot be longer than ${maxName} characters` }]
    },
  },
]

/**
 * @param options.scheduleProblem why the schedule cannot be read, by who can read it; CDI leaves that out
 * @param options.previous the stored object on an update: its spec may not change
 */
export function validateDataImportCron(
  cron: DataImportCron,
  { previous, scheduleProblem }: { previous?: DataImportCron | undefined; scheduleProblem?: string | undefined },
): StatusCause[] {
  if (previous !== undefined) {
    if (deepEqual(cron.spec, previous.spec)) return []
    return [duplicateField('DataImportCron.Spec', 'Cannot update DataImportCron Spec')]
  }
  const name = cron.metadata.name ?? ''
  // Its name becomes the value of a label.
  if (name.length > maxName)
    return [{ reason: 'FieldValueInvalid', message: `Name cannot be longer than ${maxName} characters` }]
  const spec = { ...cron.spec, ...(scheduleProblem === undefined ? {} : { scheduleProblem }) }
  for (const rule of dataImportCronAdmission) {
    const causes = rule.causes(spec, 'spec')
    if (causes.length > 0) return causes
  }
  return []
}

/** CDI lets a DataSource name several sources and uses the first: here that is refused. */
export function dataSourceCauses({ spec }: DataSource): StatusCause[] {
  const { pvc, snapshot, dataSource } = spec.source
  const given = Object.entries({ pvc, snapshot, dataSource }).filter(([, value]) => value !== undefined)
  if (given.length > 1) return [invalidField('spec.source', 'a DataSource has one source: pvc, snapshot or dataSource')]
  return given.flatMap(([kind, value]) =>
    (value?.name ?? '') === '' ? [invalidField(`spec.source.${kind}.name`, `the source ${kind} needs a name`)] : [],
  )
}
