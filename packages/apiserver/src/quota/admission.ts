/** The admission plug-in ResourceQuota: nothing is stored that a quota of its namespace has no room for. */

import type { AdmissionAttributes, AdmissionPlugin, Settle } from '../admission/plugin.ts'
import { collectionOf, isStored, keyOf } from '../resource/traits.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { refusal } from '../server/attributes.ts'
import type { QuotaAccount } from './account.ts'
import type { Evaluator } from './evaluator.ts'
import { evaluatorOf } from './evaluators.ts'
import type { QuotaLedger } from './ledger.ts'
import { growth, noUsage, only, type Usage } from './usage.ts'

/** To be the last of all plug-ins, so that it counts what is stored. The ledger is its owner's to close. */
export function quotaAdmission(ledger: QuotaLedger): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    handles({ operation, definition, namespace }) {
      if (namespace === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return false
      return definition.namespaced && isStored(definition) && ledger.has(namespace)
    },
    validate(attributes) {
      const { object, definition, namespace } = attributes
      const evaluator = evaluatorOf(definition)
      if (object === undefined || namespace === undefined || !evaluator?.checks(attributes)) return undefined
      const accounts = concerned(ledger.accountsOf(namespace), evaluator, attributes, object)
      const wanted = wantedBy(accounts, evaluator, attributes, object)
      if (wanted.size === 0) return undefined
      for (const [account, usage] of wanted) {
        const shortage = account.shortage(usage)
        if (shortage !== undefined) throw refused(attributes, shortage)
      }
      return attributes.dryRun ? undefined : reserve(ledger, wanted, attributes, object)
    },
  }
}

function refused({ definition, name, object }: AdmissionAttributes, why: string): Error {
  return refusal(definition, name || object?.metadata.generateName || 'Unknown', why)
}

/** The quotas an object counts in. @throws {StatusError} Forbidden when it leaves open what one of them counts */
function concerned(
  accounts: readonly QuotaAccount[],
  evaluator: Evaluator,
  attributes: AdmissionAttributes,
  object: ApiObject,
): QuotaAccount[] {
  return accounts.filter((account) => {
    const names = account.namesFor(evaluator)
    if (names.length === 0 || !account.includes(evaluator, object)) return false
    const missing = evaluator.missing(object, names)
    if (missing.length === 0) return true
    throw refused(attributes, `failed quota: ${account.name}: must specify ${missing.join('; ')}`)
  })
}

/** What each quota is asked for; nothing of those that are not. @throws {StatusError} Forbidden for negative amounts */
function wantedBy(
  accounts: readonly QuotaAccount[],
  evaluator: Evaluator,
  attributes: AdmissionAttributes,
  object: ApiObject,
): Map<QuotaAccount, Usage> {
  const { oldObject, now } = attributes
  const usage = evaluator.usage(object, now)
  const negative = [...usage].filter(([, quantity]) => quantity.nanos < 0n).map(([name]) => name)
  if (negative.length > 0 && accounts.length > 0) {
    throw refused(attributes, `quota usage is negative for resource(s): ${negative.sort().join(',')}`)
  }
  const wanted = new Map<QuotaAccount, Usage>()
  for (const account of accounts) {
    const counted = oldObject !== undefined && account.includes(evaluator, oldObject)
    const more = growth(usage, counted ? evaluator.usage(oldObject, now) : noUsage)
    const asked = only(more, account.namesFor(evaluator))
    if (asked.size > 0) wanted.set(account, asked)
  }
  return wanted
}

function reserve(
  ledger: QuotaLedger,
  wanted: ReadonlyMap<QuotaAccount, Usage>,
  { definition, namespace, oldObject }: AdmissionAttributes,
  object: ApiObject,
): Settle {
  const place = `${collectionOf(definition)}/${keyOf(namespace, object.metadata.name ?? '')}`
  const reservation = ledger.reserve(
    {
      place,
      uid: oldObject === undefined ? (object.metadata.uid ?? '') : undefined,
      base: Number(oldObject?.metadata.resourceVersion ?? 0),
    },
    wanted,
  )
  // When it was stored the store has told the ledger before it told the writer.
  return () => ledger.release(reservation)
}
