/** A question with an answer (upload.cdi.kubevirt.io/v1beta1): a token with which a disk may be sent to a claim. */

import type { KubeObject } from '@berth/meta'

export interface UploadTokenRequest extends KubeObject {
  spec: { pvcName: string }
  status?: { token?: string }
}
