/** From a write to the policies, bindings and parameters that have a say in it (apiserver `policy/generic` dispatcher). */

import type { ResourceRegistry } from '../../resource/registry.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import type { Store } from '../../storage/store.ts'
import { requestBindings, type BindingServices } from '../expression/bindings.ts'
import type { Bindings } from '../expression/program.ts'
import type { Followed } from '../match/followed.ts'
import { invocationIn, requestNamespace, type Invocation } from '../match/request.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Binding, Policy } from './compiled.ts'
import { collectParams, ConfigurationError, paramSource, type ParamSource } from './params.ts'
import { versionInScope } from './scope.ts'

export interface PolicyServices<P extends Policy> extends BindingServices {
  readonly store: Store
  readonly policies: Followed<P>
  readonly bindings: Followed<Binding>
  /** Of the server the plug-in works for; asked when a write is looked at. */
  readonly registry: () => ResourceRegistry
}

/** One evaluation that is due. */
export interface Due<P extends Policy> {
  readonly policy: P
  readonly binding: Binding
  readonly invocation: Invocation
  /** Undefined when the policy has none, or the binding names none. */
  readonly param: ApiObject | undefined
}

/** A policy that cannot be asked, as it is not configured right. */
export interface Misconfigured<P extends Policy> {
  readonly policy: P
  readonly binding: Binding | undefined
  readonly problem: string
}

export type Found<P extends Policy> =
  | { readonly kind: 'due'; readonly due: Due<P> }
  | { readonly kind: 'misconfigured'; readonly what: Misconfigured<P> }

/** In order of policy and binding names. Policies that nothing binds are never asked. */
export function* findPolicies<P extends Policy>(
  services: PolicyServices<P>,
  attributes: AdmissionAttributes,
): Generator<Found<P>> {
  const bound = Map.groupBy(services.bindings.all(), (binding) => binding.policy)
  for (const policy of services.policies.all()) {
    const bindings = bound.get(policy.name)
    if (bindings === undefined) continue
    const version = versionInScope(policy.scope, attributes, services.store)
    if (version === undefined) continue
    const source = sourceOf(services, policy)
    if (source instanceof ConfigurationError) {
      yield misconfigured(policy, undefined, `failed to configure policy: ${source.message}`)
      continue
    }
    for (const binding of bindings) {
      if (versionInScope(binding.scope, attributes, services.store) === undefined) continue
      const params = paramsFor(services, { binding, source, attributes })
      if (params instanceof ConfigurationError) {
        yield misconfigured(policy, binding, `failed to configure binding: ${params.message}`)
        continue
      }
      const invocation = invocationIn(attributes, version)
      for (const param of params) yield { kind: 'due', due: { policy, binding, invocation, param } }
    }
  }
}

function misconfigured<P extends Policy>(policy: P, binding: Binding | undefined, problem: string): Found<P> {
  return { kind: 'misconfigured', what: { policy, binding, problem } }
}

function sourceOf<P extends Policy>(
  { registry }: PolicyServices<P>,
  { paramKind }: P,
): ParamSource | ConfigurationError | undefined {
  if (paramKind === undefined) return undefined
  return caught(() => paramSource(registry(), paramKind))
}

function paramsFor<P extends Policy>(
  { store }: PolicyServices<P>,
  {
    binding,
    source,
    attributes,
  }: { binding: Binding; source: ParamSource | undefined; attributes: AdmissionAttributes },
): (ApiObject | undefined)[] | ConfigurationError {
  const reference = binding.paramRef
  if (source === undefined || reference === undefined) return [undefined]
  return caught(() => collectParams({ store, source, reference, namespace: requestNamespace(attributes) }))
}

function caught<T>(work: () => T): T | ConfigurationError {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
}

/** `request` and what belongs to it, computed once per version that is asked for. */
export class BindingsByVersion {
  readonly #services: BindingServices
  readonly #attributes: AdmissionAttributes
  readonly #known = new Map<string, Bindings>()

  constructor(services: BindingServices, attributes: AdmissionAttributes) {
    this.#services = services
    this.#attributes = attributes
  }

  of(invocation: Invocation): Bindings {
    const known = this.#known.get(invocation.version)
    if (known !== undefined) return known
    const made = requestBindings(this.#services, this.#attributes, invocation)
    this.#known.set(invocation.version, made)
    return made
  }
}
