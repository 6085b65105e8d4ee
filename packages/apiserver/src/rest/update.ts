/** PUT of an object or its status. */

import { conflict, invalid } from '@berth/meta'
import type { ApiAnswer } from '../transport.ts'
import { answerObject } from './answer.ts'
import { requireDocument } from './body.ts'
import type { ObjectCall } from './call.ts'
import { decodeObject } from './decode-object.ts'
import { currentOf } from './get.ts'
import { isStoreConflict, placeOf } from './persist.ts'
import { replaceObject } from './replace.ts'
import { checkPlace, conflictTries, modified } from './server-fields.ts'
import { settledState } from './settled.ts'
import { stateOf } from './stored-form.ts'
import { checkFieldManager, readFieldValidation } from './write-options.ts'
import type { WriteTarget } from './write-target.ts'

export async function update(call: ObjectCall, target: WriteTarget): Promise<ApiAnswer> {
  const { request, services } = call
  const fieldValidation = readFieldValidation('update', request.query)
  checkFieldManager('update', request.query)
  const document = await requireDocument(call)
  const { collection, key } = placeOf(call, call.name)
  const { value } = await services.locks.run(`${collection}/${key}`, async () => {
    for (let failures = 0; ; failures += 1) {
      const current = currentOf(call)
      const object = decodeObject(call, document, { fieldValidation })
      checkPlace(call, object, call.name)
      const named = (object.metadata.resourceVersion ?? '') !== ''
      const { strategicMerge, unconditionalUpdate = strategicMerge === true } = call.definition
      if (!named && !unconditionalUpdate) throw versionMissing(call)
      try {
        const previous = stateOf(call.definition, call.version, current.value)
        const settled = settledState(call.definition, current.value, previous)
        return await replaceObject(call, { current, previous, object, target, settled })
      } catch (error) {
        if (!isStoreConflict(error)) throw error
        if (named || failures + 1 >= conflictTries) throw conflict(call.definition, call.name, modified)
      }
    }
  })
  return answerObject(call, 200, value)
}

/** Such kinds must say which state an update is based on; the refusal names the resource where others name the kind (registry `Store`). */
function versionMissing({ definition, name }: ObjectCall): Error {
  return invalid({ group: definition.group, kind: definition.resource }, name, [
    {
      reason: 'FieldValueInvalid',
      message: 'Invalid value: 0x0: must be specified for an update',
      field: 'metadata.resourceVersion',
    },
  ])
}
