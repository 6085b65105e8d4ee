/** Parameters of a template as the fields of a form. */

import { isSecretParameter, type TemplateParameter } from '@berth/api'

export type ParameterKind = 'text' | 'secret' | 'count' | 'size' | 'key'

export interface ParameterField {
  name: string
  label: string
  description?: string
  kind: ParameterKind
  /** What stands in the field; a generated value is made at the server and none stands there. */
  value: string
  required: boolean
  /** A value is made where none is given. */
  generated: boolean
  /** Belongs to the short form; the others are behind a line that opens. */
  main: boolean
}

const quantity = /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/

export function parameterFields(parameters: readonly TemplateParameter[]): ParameterField[] {
  return parameters.map((parameter) => {
    const { name, displayName, description, value = '', generate, required } = parameter
    return {
      name,
      label: displayName === undefined || displayName === '' ? name : displayName,
      ...(description === undefined ? {} : { description }),
      kind: kindOf(parameter),
      // Readers of the template see a stored secret; a page need not show it.
      value: isSecretParameter(parameter) ? '' : value,
      required: required === true,
      generated: generate === 'expression' && value === '',
      main: name === 'NAME' || required === true || value === '',
    }
  })
}

function kindOf(parameter: TemplateParameter): ParameterKind {
  const { name, value = '' } = parameter
  if (isSecretParameter(parameter)) return 'secret'
  if (/SSH.*KEY|PUBLIC_KEY/i.test(name)) return 'key'
  if (/^\d{1,9}$/.test(value)) return 'count'
  if (quantity.test(value)) return 'size'
  return 'text'
}

/** What is sent: nothing for fields left empty, whose value the template says or the server makes. */
export function parameterValues(
  fields: readonly ParameterField[],
  entered: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ name, value }) => {
      const text = entered[name] ?? value
      return text === '' ? [] : [[name, text] as const]
    }),
  )
}
