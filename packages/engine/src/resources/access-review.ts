/** Whether somebody may do something, asked of the server itself: the engine may do more than who it works for. */

import type { UserInfo } from '@berth/apiserver'
import type { Client } from '@berth/kube'
import { isJsonObject, type JsonObject } from '@berth/meta'

export type Person = Pick<UserInfo, 'name' | 'groups'>

/** @param attributes resourceAttributes of a SubjectAccessReview */
export async function isAllowed(client: Client, { name, groups }: Person, attributes: JsonObject): Promise<boolean> {
  const answer = await client.raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: name, groups: [...groups], resourceAttributes: attributes },
    },
  })
  const status = isJsonObject(answer) ? answer['status'] : undefined
  return isJsonObject(status) && status['allowed'] === true
}
