/** Makes a VM from a template: the server fills the template in, and the VM is made in the person's own namespace with their own rights. */

import { randomInt } from 'node:crypto'
import {
  generateValue,
  isSecretParameter,
  virtualMachines,
  type ProcessedTemplate,
  type VirtualMachine,
  type VirtualMachineTemplate,
} from '@berth/api'
import { isJsonObject, type Json } from '@berth/meta'
import type { CommandContext, Session } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { outputOf, printObjects } from '../output/print-objects.ts'
import { renderTable } from '../output/table.ts'
import { whyNotReady } from './find-template.ts'

const randomSteps = 2 ** 47
const random = (): number => randomInt(randomSteps) / randomSteps

export interface Deployment {
  template: VirtualMachineTemplate
  opened: Session
  input: Input
  context: CommandContext
}

export async function deployTemplate({ template, opened, input, context }: Deployment): Promise<void> {
  const why = whyNotReady(template)
  if (why !== undefined) context.terminal.stderr.write(context.spell(`warning: ${why}\n`))
  const given = givenValues(input)
  const made = madeSecrets(template, given)
  const { client, namespace } = opened
  const { metadata } = template
  const path = `/apis/subresources.template.kubevirt.io/v1beta1/namespaces/${metadata.namespace ?? ''}/virtualmachinetemplates/${metadata.name ?? ''}/process`
  const answer = processed(await client.raw({ method: 'POST', path, body: { parameters: { ...given, ...made } } }))
  // The schema of its kind is checked when it is made.
  const machine = answer.virtualMachine as unknown as VirtualMachine
  const dryRun = input.text('dryRun') === 'server'
  const created = await client.create(
    virtualMachines,
    { ...machine, metadata: { ...machine.metadata, namespace: machine.metadata.namespace ?? namespace } },
    { fieldManager: 'berth', fieldValidation: 'Strict', ...(dryRun ? { dryRun } : {}) },
  )
  const format = outputOf(input)
  if (dryRun || format !== undefined) {
    await printObjects(context, [created], {
      format: format ?? 'yaml',
      resource: virtualMachines,
      columns: [],
      single: true,
    })
  }
  if (!dryRun) await follow({ created, secrets: made, message: answer.message, input, context, opened })
}

async function follow(parts: {
  created: VirtualMachine
  secrets: Record<string, string>
  message: string | undefined
  input: Input
  context: CommandContext
  opened: Session
}): Promise<void> {
  const { created, secrets, message, input, context, opened } = parts
  const { stdout, stderr } = context.terminal
  const { namespace = '', name = '' } = created.metadata
  const told = input.text('output') === undefined ? stdout : stderr
  told.write(`VM "${name}" created in namespace "${namespace}"\n`)
  for (const [parameter, value] of Object.entries(secrets)) stderr.write(`${parameter} made for it: ${value}\n`)
  if (created.spec.runStrategy !== 'Manual' && input.flag('wait')) {
    const { waitForMachine } = await import('../machines/wait-for.ts')
    await waitForMachine(context, opened.client, {
      target: { namespace, name },
      goal: { state: 'running' },
      timeoutMs: input.duration('timeout') ?? 300_000,
      text: `Starting VM "${name}"`,
      doneText: `VM "${name}" is running`,
    })
  }
  if (message !== undefined && message !== '') stderr.write(`${message}\n`)
  const next = created.spec.runStrategy === 'Manual' ? `berth vm start ${name}` : `berth vm console ${name}`
  stderr.write(context.spell(`next: ${next}\n`))
}

export async function showParameters(context: CommandContext, { spec }: VirtualMachineTemplate): Promise<void> {
  const rows = (spec.parameters ?? []).map((parameter) => {
    const { name, value = '', generate, description = '' } = parameter
    const shown = isSecretParameter(parameter) && value !== '' ? 'set' : value
    return [name, shown === '' && generate !== undefined ? 'made for each VM' : shown, description]
  })
  context.terminal.stdout.write(renderTable(['PARAMETER', 'VALUE', 'DESCRIPTION'], rows))
}

function givenValues(input: Input): Record<string, string> {
  const values = Object.fromEntries(
    input.texts('param').map((text) => {
      const mark = text.indexOf('=')
      if (mark < 1) throw new CliError('Usage', `--param: "${text}" is not KEY=VALUE`)
      return [text.slice(0, mark), text.slice(mark + 1)] as const
    }),
  )
  const name = input.text('name')
  return name === undefined ? values : { ...values, NAME: name }
}

/** Made here rather than by the server, which does not tell what it made. */
function madeSecrets({ spec }: VirtualMachineTemplate, given: Record<string, string>): Record<string, string> {
  const open = (spec.parameters ?? []).filter(
    (parameter) =>
      isSecretParameter(parameter) &&
      parameter.generate === 'expression' &&
      (parameter.value ?? '') === '' &&
      !Object.hasOwn(given, parameter.name),
  )
  return Object.fromEntries(open.map(({ name, from = '' }) => [name, generateValue(from, random)]))
}

function processed(answer: Json | undefined): Pick<ProcessedTemplate, 'virtualMachine' | 'message'> {
  const machine = isJsonObject(answer) ? answer['virtualMachine'] : undefined
  const message = isJsonObject(answer) ? answer['message'] : undefined
  if (!isJsonObject(machine)) {
    throw new CliError('Failed', 'the server answered without a virtual machine when it processed the template')
  }
  return { virtualMachine: machine, ...(typeof message === 'string' ? { message } : {}) }
}
