import { isJsonObject, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import type { TemplateParameter, VirtualMachineTemplate } from '../types/template.ts'
import { checkReferences, mergeParameters, processTemplate } from './process.ts'
import { isSecretParameter, validateTemplate } from './validate.ts'

const random = (): number => 0

function spec(
  virtualMachine: JsonObject,
  parameters: TemplateParameter[] = [],
  message?: string,
): VirtualMachineTemplate['spec'] {
  return { virtualMachine, parameters, ...(message === undefined ? {} : { message }) }
}

function machineOf(template: VirtualMachineTemplate['spec']): JsonObject {
  const processed = processTemplate(template, { random })
  if ('cause' in processed) throw new Error(`${processed.cause.field}: ${processed.cause.message}`)
  return processed.machine
}

function causeOf(template: VirtualMachineTemplate['spec']): string {
  const processed = processTemplate(template, { random })
  return 'cause' in processed ? `${processed.cause.field}: ${processed.cause.message}` : 'processed'
}

describe('processing a template', () => {
  it('fills texts, keys and whole values, and says what kind it is', () => {
    const machine = machineOf(
      spec(
        {
          metadata: { name: '${NAME}', labels: { '${KEY}': 'a-${NAME}-${NAME}' } },
          spec: { cores: '${{CPU}}', on: '${{ON}}', text: '${{NAME}}', part: 'x${{CPU}}' },
        },
        [
          { name: 'NAME', value: 'web' },
          { name: 'KEY', value: 'role' },
          { name: 'CPU', value: '4' },
          { name: 'ON', value: 'true' },
        ],
      ),
    )
    expect(machine).toEqual({
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'web', labels: { role: 'a-web-web' } },
      // Within a longer text the form of whole values means nothing.
      spec: { cores: 4, on: true, text: 'web', part: 'x${{CPU}}' },
    })
  })

  it('drops a fixed namespace and keeps one with a parameter in it', () => {
    const parameters = [{ name: 'NS', value: 'team' }]
    expect(machineOf(spec({ metadata: { name: 'a', namespace: 'fixed' } }))['metadata']).toEqual({ name: 'a' })
    const kept = machineOf(spec({ metadata: { name: 'a', namespace: 'x-${NS}' } }, parameters))
    expect(kept['metadata']).toEqual({ name: 'a', namespace: 'x-team' })
  })

  it('generates what has no value, and only that', () => {
    const parameters: TemplateParameter[] = [
      { name: 'A', generate: 'expression', from: 'vm-[a-z]{3}' },
      { name: 'B', generate: 'expression', from: '[0-9]{3}', value: 'given' },
    ]
    expect(machineOf(spec({ a: '${A}', b: '${B}' }, parameters))).toMatchObject({ a: 'vm-aaa', b: 'given' })
  })

  it('does not read a value as a pattern or as more parameters than the text had', () => {
    const parameters = [
      { name: 'A', value: '$& ${B}' },
      { name: 'B', value: 'secret' },
    ]
    expect(machineOf(spec({ text: 'x ${A}' }, parameters))['text']).toBe('x $& ${B}')
  })

  it('fills the message', () => {
    const processed = processTemplate(spec({}, [{ name: 'NAME', value: 'web' }], 'Log in to ${NAME}'), { random })
    expect('message' in processed && processed.message).toBe('Log in to web')
  })

  it.each([
    [[{ name: '' }], 'spec.parameters[0].name: Invalid value: "": parameter name is empty'],
    [[{ name: 'A' }, { name: 'A' }], 'spec.parameters[1].name: Duplicate value: "A"'],
    [
      [{ name: 'A', required: true }],
      "spec.parameters[0].value: Required value: parameter 'A' is required and a value must be specified",
    ],
    [
      [{ name: 'A', generate: 'expression' as const }],
      `spec.parameters[0].from: Invalid value: "": from cannot be empty for parameter 'A' using generator 'expression'`,
    ],
    [
      [{ name: 'A', generate: 'expression' as const, from: '[b-a]{1}' }],
      'spec.parameters[0].from: Invalid value: "[b-a]{1}": invalid range specified: b-a',
    ],
  ])('refuses parameters %j', (parameters, words) => {
    expect(causeOf(spec({}, parameters))).toBe(words)
  })

  it('refuses values that do not fit, without telling them', () => {
    const parameters = [{ name: 'PASSWORD', value: 'null' }]
    expect(causeOf(spec({ a: '${{PASSWORD}}' }, parameters))).toContain(
      'cannot assign nil value to target type interface {}',
    )
    expect(causeOf(spec({ '${{N}}': 1 }, [{ name: 'N', value: '5' }]))).toContain(
      'substituted value type float64 is not assignable to target type string',
    )
    const proto = machineOfText('{"${K}":{"polluted":true}}')
    expect(causeOf(spec(proto, [{ name: 'K', value: '__proto__' }]))).toContain('__proto__')
  })

  it('refuses what is no machine', () => {
    const processed = processTemplate(spec({ spec: { bad: 1 } }), { random, check: () => 'unknown field "spec.bad"' })
    expect('cause' in processed && processed.cause.message).toContain(
      'failed to convert unstructured object to VirtualMachine: unknown field "spec.bad"',
    )
  })
})

function machineOfText(text: string): JsonObject {
  const value: unknown = JSON.parse(text)
  if (!isJsonObject(value)) throw new Error('no object')
  return value
}

describe('references', () => {
  it('warns of what nothing refers to and refuses what is not there', () => {
    const found = checkReferences(spec({ a: '${A} ${{C}}', b: '${{B}}' }, [{ name: 'A' }, { name: 'X' }], '${M}'))
    expect(found.warnings).toEqual(['spec.parameters[1].name: X is defined but never referenced'])
    expect(
      found.causes.map(({ message = '' }) => message).toSorted((left, right) => left.localeCompare(right)),
    ).toEqual([
      'Invalid value: "B": references undefined parameter B',
      'Invalid value: "M": references undefined parameter M',
    ])
  })
})

describe('values given', () => {
  it('take the place of stored ones', () => {
    expect(mergeParameters([{ name: 'A', value: '1' }, { name: 'B' }], { A: '2' })).toEqual({
      parameters: [{ name: 'A', value: '2' }, { name: 'B' }],
    })
  })
  it.each(['B', 'constructor', '__proto__'])('are refused for what is no parameter: %s', (name) => {
    expect(mergeParameters([{ name: 'A' }], Object.fromEntries([[name, 'x']]))).toEqual({ unknown: name })
  })
})

describe('writing a template', () => {
  const check = (template: VirtualMachineTemplate['spec']) => validateTemplate({ spec: template }, { random })

  it('is not tried while a value has to be given', () => {
    expect(check(spec({ a: '${A}' }, [{ name: 'A', required: true }])).warnings).toEqual([
      'processing validation skipped: required parameter "A" has neither value nor generator',
    ])
  })
  it('is refused in the words of all that is wrong', () => {
    expect(check(spec({ a: '${A} ${B}' })).refusal).toBe(
      '[spec.virtualMachine: Invalid value: "A": references undefined parameter A, spec.virtualMachine: Invalid value: "B": references undefined parameter B]',
    )
    expect(check(spec({ a: '${A}' }, [{ name: 'A', generate: 'expression', from: '[b-a]{1}' }])).refusal).toBe(
      'processing validation failed: spec.parameters[0].from: Invalid value: "[b-a]{1}": invalid range specified: b-a',
    )
  })
  it('warns of a password that readers would see', () => {
    const template = spec({ a: '${ROOT_PASSWORD}' }, [{ name: 'ROOT_PASSWORD', value: 'hunter2' }])
    expect(check(template).warnings.join()).toContain('everybody who may read the template')
  })
  it.each([
    ['PASSWORD', true],
    ['DB_PASSWD', true],
    ['API_TOKEN', true],
    ['CLIENT_SECRET', true],
    ['SSH_KEY', false],
    ['NAME', false],
    ['COMPASS', false],
  ])('%s holds a secret: %s', (name, secret) => {
    expect(isSecretParameter({ name })).toBe(secret)
  })
})
