/** Asks clusters what a person may do there, as that person, and keeps the answers for a short while. */

import type { Clock } from '@berth/base'
import { isJsonObject } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { AccessQuestion, Rights } from './contract.ts'
import { identityKey } from './identity-key.ts'

/** Rights that are taken away must be gone within fifteen seconds, and `visibility`, which asks every ten, may get an answer this old. */
const keepMs = 4_000
/** Answers in all; the oldest go first. */
const maxAnswers = 50_000
const reviewPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

export function createRights(clock: Clock): Rights {
  const answers = new Map<string, { at: number; allowed: Promise<boolean> }>()

  return {
    may(cluster, identity, question) {
      const key = `${cluster.id} ${identityKey(identity)} ${keyOfQuestion(question)}`
      const now = clock.now().getTime()
      const known = answers.get(key)
      if (known !== undefined && now - known.at < keepMs) return known.allowed
      const allowed = ask(cluster, identity, question)
      answers.delete(key)
      answers.set(key, { at: now, allowed })
      // A cluster that did not answer is asked again at once.
      allowed.catch(() => answers.get(key)?.allowed === allowed && answers.delete(key))
      for (const old of answers.keys()) {
        if (answers.size <= maxAnswers) break
        answers.delete(old)
      }
      return allowed
    },
  }
}

function keyOfQuestion({ verb, group, resource, subresource, namespace, name }: AccessQuestion): string {
  return JSON.stringify([verb, group, resource, subresource, namespace, name])
}

async function ask(cluster: Cluster, identity: Identity, question: AccessQuestion): Promise<boolean> {
  const answer = await cluster.clientFor(identity).raw({
    method: 'POST',
    path: reviewPath,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...question } },
    },
  })
  const status = isJsonObject(answer) ? answer['status'] : undefined
  return isJsonObject(status) && status['allowed'] === true
}
