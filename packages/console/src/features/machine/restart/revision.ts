/** The machine's spec as it was at its start, which KubeVirt keeps as a ControllerRevision. */

import type { VirtualMachine } from '@berth/api'
import { isJsonObject, ownMember, type Json, type JsonObject, type KubeObject } from '@berth/meta'

export const controllerRevision = { group: 'apps', version: 'v1', resource: 'controllerrevisions' }

export interface RevisionObject extends KubeObject {
  data?: Json
}

/** Both as far as a restart could change them. */
export function changedTemplate(
  revision: RevisionObject,
  machine: VirtualMachine,
): { started: JsonObject; current: JsonObject } | undefined {
  const started = isJsonObject(revision.data) ? ownMember(revision.data, 'spec') : undefined
  // An object of the API is JSON.
  const current = machine.spec as unknown as JsonObject
  if (!isJsonObject(started)) return undefined
  return { started: { spec: compared(started) }, current: { spec: compared(current) } }
}

/** What a restart has nothing to do with is left out. */
function compared(spec: JsonObject): JsonObject {
  const { template, instancetype, preference } = spec
  return {
    ...(template === undefined
      ? {}
      : { template: isJsonObject(template) ? { spec: template['spec'] ?? {} } : template }),
    ...(instancetype === undefined ? {} : { instancetype }),
    ...(preference === undefined ? {} : { preference }),
  }
}
