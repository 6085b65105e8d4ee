/** Rules of one version's parts beside its schema: columns, subresources, selectable fields, deprecation. */

import { duplicateValue, invalidValue, isJsonObject, requiredValue, tooMany, type StatusCause } from '@berth/meta'
import { textOf, type CrdVersion } from './crd.ts'
import { fieldAt } from './field-path.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

export function columnCauses({ additionalPrinterColumns = [] }: CrdVersion, path: string): StatusCause[] {
  return additionalPrinterColumns.flatMap(({ name, type, format = '', jsonPath }, index) => {
    const where = `${path}[${index}]`
    const causes: StatusCause[] = []
    if (name === '') causes.push(requiredValue(`${where}.name`))
    const oneOf = `must be one of ${columnTypes.join(',')}`
    if (type === '') causes.push(requiredValue(`${where}.type`, oneOf))
    else if (!columnTypes.includes(type)) causes.push(invalidValue(`${where}.type`, type, oneOf))
    if (format !== '' && !columnFormats.includes(format)) {
      causes.push(invalidValue(`${where}.format`, format, `must be one of ${columnFormats.join(',')}`))
    }
    if (jsonPath === '') causes.push(requiredValue(`${where}.JSONPath`))
    else causes.push(...simplePath(jsonPath, `${where}.JSONPath`))
    return causes
  })
}

function simplePath(path: string, field: string): StatusCause[] {
  return path.startsWith('.') ? [] : [invalidValue(field, path, 'must be a simple json path starting with .')]
}

export function subresourceCauses({ subresources }: CrdVersion, path: string): StatusCause[] {
  const scale = subresources?.scale
  if (scale === undefined) return []
  const paths: [string, string, boolean, string[], string][] = [
    ['specReplicasPath', scale.specReplicasPath, true, ['.spec.'], '.spec'],
    ['statusReplicasPath', scale.statusReplicasPath, true, ['.status.'], '.status'],
    ['labelSelectorPath', scale.labelSelectorPath ?? '', false, ['.spec.', '.status.'], 'either .spec or .status'],
  ]
  return paths.flatMap(([name, value, required, prefixes, words]) => {
    const field = `${path}.scale.${name}`
    if (value === '') return required ? [requiredValue(field)] : []
    const causes = simplePath(value, field)
    if (causes.length > 0 || prefixes.some((prefix) => value.startsWith(prefix))) return causes
    return [invalidValue(field, value, `should be a json path under ${words}`)]
  })
}

const maxSelectable = 8

export function selectableCauses({ selectableFields = [], schema }: CrdVersion, path: string): StatusCause[] {
  const props = schema?.openAPIV3Schema
  if (selectableFields.length === 0) return []
  if (!isJsonObject(props)) {
    const why = 'selectableFields may only be set when version.schema.openAPIV3Schema is not included'
    return [invalidValue(path, '', why)]
  }
  const causes: StatusCause[] = []
  const seen = new Set<string>()
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const field = `${path}[${index}].jsonPath`
    if (jsonPath === '') {
      causes.push(requiredValue(field))
      continue
    }
    const found = fieldAt(props, jsonPath, false)
    if ('problem' in found) {
      causes.push(invalidValue(field, jsonPath, `is an invalid path: ${found.problem}`))
      continue
    }
    if (found.path[0] === 'metadata') {
      causes.push(invalidValue(field, jsonPath, 'must not point to fields in metadata'))
    }
    if (!['string', 'boolean', 'integer'].includes(textOf(found.schema, 'type'))) {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
      causes.push(invalidValue(field, jsonPath, why))
    }
    const key = found.path.join('.')
    if (seen.has(key)) causes.push(duplicateValue(field, jsonPath))
    seen.add(key)
  }
  if (seen.size > maxSelectable) causes.push(tooMany(path, seen.size, maxSelectable))
  return causes
}

const maxWarning = 256

export function deprecationCauses({ deprecated, deprecationWarning }: CrdVersion, path: string): StatusCause[] {
  if (deprecationWarning === undefined) return []
  const field = `${path}.deprecationWarning`
  const problems: string[] = []
  if (deprecated !== true) problems.push('can only be set for deprecated versions')
  else {
    if (Buffer.byteLength(deprecationWarning) > maxWarning) problems.push(`must be <= ${maxWarning} characters long`)
    if (deprecationWarning === '') problems.push('must not be an empty string')
    const bad = deprecationWarning.search(/[\p{C}\p{Zl}\p{Zp}]|[^\P{Zs} ]/u)
    if (bad >= 0) {
      const index = Buffer.byteLength(deprecationWarning.slice(0, bad))
      problems.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`)
    }
  }
  return problems.map((why) => invalidValue(field, deprecationWarning, why))
}
