/** The kinds of template.kubevirt.io with their rules. */

import {
  resources,
  templateRequests,
  validateTemplate,
  type VirtualMachineTemplate,
  type VirtualMachineTemplateRequest,
} from '@berth/api'
import type { RequestContext, ResourceDefinition } from '@berth/apiserver'
import { deepEqual, StatusError, type StatusCause } from '@berth/meta'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { isAllowed } from '../resources/access-review.ts'
import { allSchemas } from '../resources/schemas.ts'
import { typed } from '../resources/typed.ts'
import { isEngine } from '../resources/who.ts'
import type { EngineServices } from '../services.ts'
import { machineProblem } from './machine-check.ts'
import { secureRandom } from './secure-random.ts'

export interface TemplateOptions {
  configuration: CurrentConfiguration
  services: () => EngineServices
}

const { virtualMachineTemplate, virtualMachineTemplateRequest } = resources

export function templateDefinitions(options: TemplateOptions): ResourceDefinition[] {
  return [
    {
      ...typed(virtualMachineTemplate, allSchemas),
      rules: {
        validate(object, previous, context) {
          if (deepEqual(object['spec'], previous?.['spec'])) return []
          if (previous === undefined && !isEngine(context.user)) requireGate(options)
          // The schema has vouched for the shape.
          const template = object as unknown as VirtualMachineTemplate
          const { refusal, warnings } = validateTemplate(template, { random: secureRandom, check: machineProblem })
          if (!isEngine(context.user)) for (const warning of warnings) context.warn(warning)
          if (refusal !== undefined) throw refused(virtualMachineTemplate.webhooks.createValidator, refusal)
          return []
        },
      },
    },
    {
      ...typed(virtualMachineTemplateRequest, allSchemas),
      rules: {
        async validate(object, previous, context) {
          // As above.
          const request = object as unknown as VirtualMachineTemplateRequest
          // What was checked when it was made is what is carried out: nobody may ask for one machine and get another.
          if (previous !== undefined) return deepEqual(object['spec'], previous['spec']) ? [] : [immutableSpec]
          requireGate(options)
          const causes = reservedLabels(request)
          if (causes.length === 0) await checkRights(request, options, context)
          return causes
        },
      },
    },
  ]
}

/** The rules that the schema publishes (x-kubernetes-validations), in the words of who evaluates them. */
const immutableSpec: StatusCause = {
  reason: 'FieldValueInvalid',
  field: 'spec',
  message: 'Invalid value: "object": spec is immutable',
}

function reservedLabels({ spec }: VirtualMachineTemplateRequest): StatusCause[] {
  if (!Object.keys(spec.templateLabels ?? {}).some((key) => key.startsWith('template.kubevirt.io/'))) return []
  const why = 'labels with the prefix "template.kubevirt.io/" are reserved for system use'
  return [{ reason: 'FieldValueInvalid', field: 'spec.templateLabels', message: `Invalid value: "object": ${why}` }]
}

/** @throws {StatusError} Forbidden while the feature gate is off */
export function requireGate({ configuration }: Pick<TemplateOptions, 'configuration'>): void {
  if (configuration.get().enabled('Template')) return
  throw new StatusError('Forbidden', 'templates are switched off: the feature gate Template is not enabled')
}

/** 403 as controller-runtime's webhooks answer. */
function refused(webhook: string, why: string): StatusError {
  return new StatusError('Forbidden', `admission webhook "${webhook}" denied the request: ${why}`)
}

const policy = 'virt-template-vmtr-authz'

/** A template shows what its machine is and copies its disks: who may not do that by hand may not by a request. */
async function checkRights(
  request: VirtualMachineTemplateRequest,
  { services }: TemplateOptions,
  { user, namespace: target = '' }: RequestContext,
): Promise<void> {
  const { client } = services()
  const { namespace: source, name } = request.spec.virtualMachineRef
  const group = 'template.kubevirt.io'
  const deny = (why: string): never => {
    const of = request.metadata.name ?? ''
    throw new StatusError(
      'Forbidden',
      `${templateRequests.resource}.${group} "${of}" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${why}`,
      { details: { name: of, group, kind: templateRequests.resource } },
    )
  }
  const asSource = { group, resource: templateRequests.resource, subresource: 'source', verb: 'create' }
  if (source !== target && !(await isAllowed(client, user, { ...asSource, namespace: source, name }))) {
    deny(`User is not allowed to use VirtualMachine ${source}/${name} as a source for VirtualMachineTemplateRequests`)
  }
  const machine = { group: 'kubevirt.io', resource: 'virtualmachines', verb: 'get', namespace: source, name }
  if (!(await isAllowed(client, user, machine))) deny(`User is not allowed to read VirtualMachine ${source}/${name}`)
  const created = [
    { group: 'cdi.kubevirt.io', resource: 'datavolumes', kind: 'DataVolumes' },
    { group, resource: 'virtualmachinetemplates', kind: 'VirtualMachineTemplates' },
  ]
  for (const { kind, ...what } of created) {
    if (await isAllowed(client, user, { ...what, verb: 'create', namespace: target })) continue
    deny(`User is not allowed to create ${kind} in namespace ${target}`)
  }
}
