/** A machine as it would be written without its instance type and preference: a stored one, or one in the request. */

import { internalError, resources, subresourceGroup, type VirtualMachine } from '@berth/api'
import type { ResourceDefinition, Subresource } from '@berth/apiserver'
import { messageOf } from '@berth/base'
import {
  badRequest,
  canonicalise,
  deepClone,
  isJsonObject,
  prune,
  StatusError,
  validate,
  type JsonObject,
  type Schema,
  type StatusCause,
} from '@berth/meta'
import { expand } from '../instancetypes/expand.ts'
import { allSchemas } from '../resources/schemas.ts'
import type { EngineServices } from '../services.ts'
import { findMachine } from './instance-lookup.ts'
import { subresourceVersions } from './versions.ts'

/** `GET …/virtualmachines/NAME/expand-spec` */
export function expandSpecSubresource(services: () => EngineServices): Subresource {
  return {
    methods: ['GET'],
    async handle(request) {
      const machine = await findMachine(services(), request)
      try {
        return { kind: 'json', body: await expand(machine, services()) }
      } catch (error) {
        throw internalError(messageOf(error))
      }
    },
  }
}

/** `PUT …/namespaces/NS/expand-vm-spec`, with a whole machine that need not be stored. */
export function expandMachineDefinition(services: () => EngineServices): ResourceDefinition {
  return {
    group: subresourceGroup,
    versions: subresourceVersions,
    kind: 'VirtualMachine',
    resource: 'expand-vm-spec',
    singular: 'expand-vm-spec',
    namespaced: true,
    verbs: [],
    schemaName: 'io.kubevirt.subresources.v1.expand-vm-spec',
    schema: { type: 'object' },
    collection: {
      methods: ['PUT'],
      async handle({ body, namespace = '' }) {
        if (body === undefined) throw badRequest('empty request body')
        const machine = machineIn(body, namespace)
        try {
          return { kind: 'json', body: await expand(machine, services()) }
        } catch (error) {
          throw badRequest(messageOf(error))
        }
      },
    },
  }
}

/** @throws StatusError 400 with a cause for everything that makes it no machine */
function machineIn(body: unknown, namespace: string): VirtualMachine {
  if (!isJsonObject(body)) throw badRequest('Can not unmarshal Request body to struct, error: not an object')
  const object: JsonObject = deepClone(body)
  const schema: Schema = { ref: resources.virtualMachine.schemaName }
  const causes: StatusCause[] = prune(object, schema, allSchemas).map((field) => ({
    message: `${field} in body is a forbidden property`,
    field,
  }))
  causes.push(...validate(object, schema, allSchemas))
  if (causes.length > 0)
    throw new StatusError('BadRequest', 'Object is not a valid VirtualMachine', { details: { causes } })
  canonicalise(object, schema, allSchemas)
  // The schema has vouched for the shape.
  const machine = object as unknown as VirtualMachine
  const own = machine.metadata?.namespace ?? ''
  if (own !== '' && own !== namespace) throw badRequest(`VM namespace must be empty or ${namespace}`)
  machine.metadata = { ...machine.metadata, namespace }
  return machine
}
