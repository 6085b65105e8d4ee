/** A template and values for its parameters, to the machine it describes. In the words of KubeVirt's template project. */

import {
  duplicateValue,
  invalidValue,
  isJsonObject,
  requiredValue,
  type Json,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { TemplateParameter, VirtualMachineTemplate } from '../types/template.ts'
import { ExpressionError, generateValue } from './expression.ts'
import { hasReference, referencesIn, substitute, SubstitutionError, substituteText } from './substitute.ts'

type Spec = VirtualMachineTemplate['spec']

export interface ProcessOptions {
  /** 0 to just under 1, for generated values; cryptographic in a program, as some are passwords. */
  random: () => number
  /** What is wrong with the machine that comes out, in one sentence; undefined when it is one. */
  check?: (machine: JsonObject) => string | undefined
}

export type Processed =
  | { machine: JsonObject; message: string; values: ReadonlyMap<string, string> }
  | { cause: StatusCause }

/** The parameters with values put in. @returns the name of a value that no parameter has, instead */
export function mergeParameters(
  parameters: readonly TemplateParameter[],
  values: Readonly<Record<string, string>>,
): { parameters: TemplateParameter[] } | { unknown: string } {
  const unknown = Object.keys(values).find((name) => parameters.every((parameter) => parameter.name !== name))
  if (unknown !== undefined) return { unknown }
  return {
    parameters: parameters.map((parameter) => {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined
      return value === undefined ? { ...parameter } : { ...parameter, value }
    }),
  }
}

/** Parameters that nothing refers to (warnings), and references to what is no parameter (causes). */
export function checkReferences(spec: Spec): { warnings: string[]; causes: StatusCause[] } {
  const missing = missingMachine(spec)
  if (missing !== undefined) return { warnings: [], causes: [missing] }
  const referenced = referencesIn(spec.message, referencesIn(spec.virtualMachine))
  const parameters = spec.parameters ?? []
  const defined = new Set(parameters.map(({ name }) => name))
  return {
    warnings: parameters.flatMap(({ name }, index) =>
      referenced.has(name) ? [] : [`spec.parameters[${index}].name: ${name} is defined but never referenced`],
    ),
    causes: [...referenced]
      .filter((name) => !defined.has(name))
      .map((name) => invalidValue('spec.virtualMachine', name, `references undefined parameter ${name}`)),
  }
}

/** The machine: fixed namespace dropped, values generated where there are none, everything filled in. */
export function processTemplate(spec: Spec, { random, check }: ProcessOptions): Processed {
  const values = new Map<string, string>()
  const parameters = spec.parameters ?? []
  for (const [index, parameter] of parameters.entries()) {
    const at = `spec.parameters[${index}]`
    if (parameter.name === '') return { cause: invalidValue(`${at}.name`, '', 'parameter name is empty') }
    if (values.has(parameter.name)) return { cause: duplicateValue(`${at}.name`, parameter.name) }
    const found = valueOf(parameter, at, random)
    if (typeof found !== 'string') return { cause: found }
    values.set(parameter.name, found)
  }
  const missing = missingMachine(spec)
  if (missing !== undefined) return { cause: missing }
  let machine: JsonObject
  try {
    machine = { ...asObject(substitute(withoutFixedNamespace(spec.virtualMachine), values)), ...machineType }
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    // Not with the values, which would tell a password in an error.
    const names = parameters.map(({ name }) => name)
    return { cause: invalidValue('spec.parameters', names, `error processing template: ${error.message}`) }
  }
  const problem = check?.(machine)
  if (problem !== undefined) {
    const detail = `failed to convert unstructured object to VirtualMachine: ${problem}`
    // Not the whole machine, which would hide what is wrong with it.
    const { name } = asObject(spec.virtualMachine['metadata'] ?? null)
    return { cause: invalidValue('spec.virtualMachine', name, detail) }
  }
  try {
    return { machine, message: asText(substituteText(spec.message ?? '', values)), values }
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    return { cause: invalidValue('spec.message', spec.message, `error processing message: ${error.message}`) }
  }
}

const machineType = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' }

function valueOf(parameter: TemplateParameter, at: string, random: () => number): string | StatusCause {
  const { name, value = '', generate, from = '', required } = parameter
  if (value !== '') return value
  if (generate !== undefined) {
    const generator: string = generate
    if (generator !== 'expression') {
      return invalidValue(`${at}.generate`, generator, `unknown generator name '${generator}' for parameter '${name}'`)
    }
    if (from === '') {
      const detail = `from cannot be empty for parameter '${name}' using generator '${generator}'`
      return invalidValue(`${at}.from`, from, detail)
    }
    try {
      return generateValue(from, random)
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      return invalidValue(`${at}.from`, from, error.message)
    }
  }
  if (required !== true) return ''
  return requiredValue(`${at}.value`, `parameter '${name}' is required and a value must be specified`)
}

function missingMachine({ virtualMachine }: Spec): StatusCause | undefined {
  if (isJsonObject(virtualMachine)) return undefined
  return invalidValue('spec.virtualMachine', virtualMachine, 'virtualMachine is required and cannot be empty')
}

function withoutFixedNamespace(machine: JsonObject): JsonObject {
  const { metadata } = machine
  if (!isJsonObject(metadata) || typeof metadata['namespace'] !== 'string') return machine
  if (hasReference(metadata['namespace'])) return machine
  const { namespace: _dropped, ...rest } = metadata
  return { ...machine, metadata: rest }
}

/** What went in as an object comes out as one. */
function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {}
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
