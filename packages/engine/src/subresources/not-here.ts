/**
 * What KubeVirt has and this engine has not: each is refused with what is missing and what to do instead, where KubeVirt's clients look
 * for it. Not served groups say so without appearing in discovery, so that nobody takes them for served.
 */

import type { GroupPresentation, Subresource } from '@berth/apiserver'
import { badRequest } from '@berth/meta'

/** The answer is the same for every object, so none is looked up. */
function refusedSubresource(method: 'GET' | 'PUT', sentence: string): Subresource {
  return {
    methods: [method],
    async handle() {
      throw badRequest(sentence)
    },
  }
}

const backups = 'backups of the embedded engine are asked for by a VirtualMachineBackup'
const sev = 'no machine of the embedded engine runs with SEV: spec.domain.launchSecurity is refused'

export const refusedOnInstances: Record<string, Subresource> = {
  backup: refusedSubresource('PUT', backups),
  'redefine-checkpoint': refusedSubresource('PUT', backups),
  sev: {
    methods: ['GET', 'PUT'],
    async handle() {
      throw badRequest(sev)
    },
  },
}

/**
 * `virtctl guestfs` asks for the image of the pod it is about to make. It shows the words of an answer past 500 only, and only of text.
 */
export const guestfs: Subresource['handle'] = async () => ({
  kind: 'text',
  code: 501,
  body: 'guestfs needs a pod, and the embedded engine runs no containers; on the host, use guestfish on the file of a volume whose machine is stopped',
})

export const absentGroups: Record<string, GroupPresentation> = {}
