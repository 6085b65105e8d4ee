/** `process` and `create` of a template, by POST in a group of their own. */

import {
  checkReferences,
  mergeParameters,
  processTemplate,
  templates,
  templateSubresourceGroup,
  virtualMachines,
  type ProcessedTemplate,
  type VirtualMachine,
  type VirtualMachineTemplate,
} from '@berth/api'
import type { ResourceDefinition, Subresource, SubresourceRequest } from '@berth/apiserver'
import { badRequest, conflict, invalid, isJsonObject, type JsonObject, type StatusCause } from '@berth/meta'
import { requireGate, type TemplateOptions } from './definitions.ts'
import { machineProblem } from './machine-check.ts'
import { secureRandom } from './secure-random.ts'

const versions = [{ name: 'v1beta1' }, { name: 'v1alpha1' }]
/** More values, or longer ones, than any template could want. */
const maxValues = 1000
const maxValueLength = 262_144

export function templateSubresources(options: TemplateOptions): ResourceDefinition {
  return {
    group: templateSubresourceGroup,
    versions,
    kind: 'VirtualMachineTemplate',
    resource: 'virtualmachinetemplates',
    singular: 'virtualmachinetemplate',
    namespaced: true,
    // The templates themselves are stored under template.kubevirt.io; here there are only the paths below them.
    verbs: [],
    schemaName: 'io.kubevirt.subresources.template.v1beta1.VirtualMachineTemplate',
    schema: { type: 'object' },
    subresources: { process: processSubresource(options), create: createSubresource(options) },
  }
}

function processSubresource(options: TemplateOptions): Subresource {
  return {
    methods: ['POST'],
    async handle(request) {
      return { kind: 'json', body: await processed(options, request) }
    },
  }
}

function createSubresource(options: TemplateOptions): Subresource {
  return {
    methods: ['POST'],
    async handle(request) {
      const answer = await processed(options, request)
      const { namespace = '' } = request
      const { namespace: own } = metadataOf(answer.virtualMachine)
      if (typeof own === 'string' && own !== namespace) {
        throw badRequest(
          `the machine of this template is for namespace "${own}"; \`create\` makes it in "${namespace}", where the template is`,
        )
      }
      // Checked above to be one.
      const machine = { ...answer.virtualMachine } as unknown as VirtualMachine
      machine.metadata = { ...machine.metadata, namespace }
      // As who asks: the template is no way around what they may not do.
      const client = options.services().clientAs(request.user)
      try {
        const made = await client.create(virtualMachines, machine, request.dryRun ? { dryRun: true } : {})
        return { kind: 'json', body: { ...answer, virtualMachine: made } }
      } finally {
        await client.transport.close()
      }
    },
  }
}

async function processed(options: TemplateOptions, request: SubresourceRequest): Promise<ProcessedTemplate> {
  requireGate(options)
  const { namespace = '', name, version } = request
  const values = parametersIn(request)
  const template = await options.services().client.get(templates, { namespace, name })
  const merged = mergeParameters(template.spec.parameters ?? [], values)
  if ('unknown' in merged) {
    const target = { group: 'template.kubevirt.io', resource: 'VirtualMachineTemplate' }
    throw conflict(target, name, `parameter ${merged.unknown} not found in template`)
  }
  const spec: VirtualMachineTemplate['spec'] = { ...template.spec, parameters: merged.parameters }
  const { warnings, causes } = checkReferences(spec)
  for (const warning of warnings) request.warn(warning)
  if (causes.length > 0) throw refused(name, causes)
  const result = processTemplate(spec, { random: secureRandom, check: machineProblem })
  if ('cause' in result) throw refused(name, [result.cause])
  return {
    kind: 'ProcessedVirtualMachineTemplate',
    apiVersion: `${templateSubresourceGroup}/${version}`,
    templateRef: { namespace, name },
    virtualMachine: result.machine,
    ...(result.message === '' ? {} : { message: result.message }),
  }
}

function refused(name: string, causes: StatusCause[]) {
  return invalid({ group: 'template.kubevirt.io', kind: 'VirtualMachineTemplate' }, name, causes)
}

function parametersIn({ body }: SubresourceRequest): Record<string, string> {
  if (body === undefined || body === null) return {}
  const wrong = (what: string) => badRequest(`error parsing ProcessOptions: ${what}`)
  if (!isJsonObject(body)) throw wrong('the body has to be an object')
  const { parameters = {} } = body
  if (parameters === null) return {}
  if (!isJsonObject(parameters)) throw wrong('parameters has to be an object of texts')
  const entries = Object.entries(parameters)
  if (entries.length > maxValues) throw wrong(`more than ${maxValues} parameters`)
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof value !== 'string') throw wrong(`parameters.${key} has to be a text`)
      if (value.length > maxValueLength) throw wrong(`parameters.${key} is longer than ${maxValueLength} characters`)
      return [key, value]
    }),
  )
}

function metadataOf({ metadata }: JsonObject): JsonObject {
  return isJsonObject(metadata) ? metadata : {}
}
