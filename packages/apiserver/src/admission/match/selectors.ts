/** namespaceSelector and objectSelector of webhooks and policies. */

import {
  everything,
  isJsonObject,
  labelSelectorFromObject,
  matchesLabels,
  MetaError,
  notFound,
  type Json,
  type LabelSelector,
} from '@berth/meta'
import type { ApiObject } from '../../rest/api-object.ts'
import { decodeStored } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { isNamespace, requestNamespace } from './request.ts'

const namespaces = { group: '', resource: 'namespaces' }

/**
 * An absent selector selects everything here, as defaulting would make it. So does one that cannot be read, which validation lets
 * nobody write: what guards too much is noticed.
 */
export function selectorOf(value: Json | undefined): LabelSelector {
  try {
    return labelSelectorFromObject(isJsonObject(value) ? value : {})
  } catch (error) {
    if (error instanceof MetaError) return everything
    throw error
  }
}

function isEmpty(selector: LabelSelector): boolean {
  return selector.kind === 'requirements' && selector.requirements.length === 0
}

export function storedNamespace(store: Pick<Store, 'get'>, name: string): ApiObject | undefined {
  const stored = store.get('core/namespaces', name)
  return stored === undefined ? undefined : decodeStored(stored.value)
}

/** @throws {StatusError} NotFound when the namespace is not there */
export function inSelectedNamespace(
  selector: LabelSelector,
  attributes: AdmissionAttributes,
  store: Pick<Store, 'get'>,
): boolean {
  const name = requestNamespace(attributes)
  // Requests about cluster-scoped objects are never exempted.
  if ((name === '' && !isNamespace(attributes)) || isEmpty(selector)) return true
  return matchesLabels(selector, namespaceLabels(attributes, store, name))
}

function namespaceLabels(
  attributes: AdmissionAttributes,
  store: Pick<Store, 'get'>,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const { object, operation, subresource } = attributes
  if (isNamespace(attributes) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) {
    return object?.metadata.labels
  }
  const namespace = storedNamespace(store, name)
  if (namespace === undefined) throw notFound(namespaces, name)
  return namespace.metadata.labels
}

/** True when the object, or what it was before, is selected. */
export function isSelectedObject(selector: LabelSelector, { object, oldObject }: AdmissionAttributes): boolean {
  if (isEmpty(selector)) return true
  // What is sent to a subresource (PodExecOptions) need not have metadata.
  const labelled = [object, oldObject].filter((each) => each !== undefined && isJsonObject(each['metadata']))
  return labelled.some((each) => matchesLabels(selector, each?.metadata.labels))
}
