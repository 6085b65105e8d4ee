/** UploadTokenRequest: whoever may create one in a namespace may send disks to the claims there that wait for one. */

import type { UploadTokenRequest } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { persistentVolumeClaims } from '@berth/kube'
import { badRequest, conflict } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { isUploadTarget, uploadTargetAnnotation } from '../volumes/sources/upload-target.ts'
import { uploadRefusal } from '../volumes/sources/uploads.ts'
import type { UploadTokens } from './tokens.ts'

const schemaName = 'io.kubevirt.cdi.v1beta1.UploadTokenRequest'

export function uploadTokenRequests(options: {
  services: () => Pick<EngineServices, 'client' | 'uploads'>
  tokens: UploadTokens
}): ResourceDefinition {
  const { services, tokens } = options
  return {
    group: 'upload.cdi.kubevirt.io',
    versions: [{ name: 'v1beta1' }],
    kind: 'UploadTokenRequest',
    listKind: 'UploadTokenRequestList',
    resource: 'uploadtokenrequests',
    singular: 'uploadtokenrequest',
    shortNames: ['utr', 'utrs'],
    namespaced: true,
    schemaName,
    schema: { ref: schemaName },
    verbs: ['create'],
    async create(object, { namespace = '' }) {
      // The schema has vouched for the shape.
      const { spec } = object as unknown as UploadTokenRequest
      const claim = await services().client.get(persistentVolumeClaims, { namespace, name: spec.pvcName })
      if (!isUploadTarget(claim)) {
        throw badRequest(
          `PersistentVolumeClaim "${namespace}/${spec.pvcName}" does not wait for an upload: it is neither of a DataVolume with source upload nor annotated with ${uploadTargetAnnotation}`,
        )
      }
      const { name = '', uid = '' } = claim.metadata
      const state = await services().uploads.state({ namespace, name })
      // Said now: who has a token would send all of it first.
      if (state === 'inUse' || state === 'notBlank') {
        const { message, remedy = '' } = uploadRefusal(`${namespace}/${name}`, state)
        throw conflict({ group: '', resource: 'persistentvolumeclaims' }, name, `${message}. ${remedy}`)
      }
      object['status'] = { token: tokens.issue({ namespace, name, uid }) }
      return object
    },
  }
}
