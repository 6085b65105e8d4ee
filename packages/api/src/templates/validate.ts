/** What is refused and what is warned of when a template is written. */

import type { StatusCause } from '@berth/meta'
import type { TemplateParameter, VirtualMachineTemplate } from '../types/template.ts'
import { checkReferences, processTemplate, type ProcessOptions } from './process.ts'

/** A value stored under such a name is one that readers of the template should not see. */
const secretName = /(?:^|_)(?:PASS(?:WD|PHRASE)?|SECRET|TOKEN|PRIVATE_KEY|API_KEY)(?:_|$)|PASSWORD/i

/** Whether a parameter holds something that only who deploys should see. */
export function isSecretParameter({ name }: Pick<TemplateParameter, 'name'>): boolean {
  return secretName.test(name)
}

/**
 * The template is processed on trial, unless a value has to be given by who deploys it.
 * @returns the sentence it is refused with, if any, and warnings
 */
export function validateTemplate(
  { spec }: Pick<VirtualMachineTemplate, 'spec'>,
  options: ProcessOptions,
): { refusal?: string; warnings: string[] } {
  const { warnings, causes } = checkReferences(spec)
  if (causes.length > 0) return { refusal: aggregate(causes), warnings }
  const parameters = spec.parameters ?? []
  warnings.push(...storedSecrets(parameters))
  const open = parameters.filter(({ required, value = '', generate }) => required === true && value === '' && !generate)
  if (open.length > 0) {
    const skipped = open.map(
      ({ name }) => `processing validation skipped: required parameter "${name}" has neither value nor generator`,
    )
    return { warnings: [...warnings, ...skipped] }
  }
  const processed = processTemplate(spec, options)
  if (!('cause' in processed)) return { warnings }
  return { refusal: `processing validation failed: ${textOf(processed.cause)}`, warnings }
}

function storedSecrets(parameters: readonly TemplateParameter[]): string[] {
  return parameters.flatMap((parameter, index) =>
    isSecretParameter(parameter) && (parameter.value ?? '') !== ''
      ? [
          `spec.parameters[${index}].value: everybody who may read the template reads this value of ${parameter.name}; leave it out, and use generate`,
        ]
      : [],
  )
}

/** `[a, b]` for several, as Kubernetes joins errors. */
function aggregate(causes: readonly StatusCause[]): string {
  const texts = causes.map(textOf)
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

function textOf({ field = '', message = '' }: StatusCause): string {
  return `${field}: ${message}`
}
