/** The plug-ins of ValidatingAdmissionPolicy and MutatingAdmissionPolicy, over one store. */

import type { Authorizer } from '../auth/user.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { Store } from '../storage/store.ts'
import { Followed } from './match/followed.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { bindingOf } from './policy/compiled.ts'
import { mutatingPolicies, mutatingPolicyOf } from './policy/mutating.ts'
import { validatingPolicies, validatingPolicyOf } from './policy/validating.ts'

export interface PolicyAdmissionOptions {
  store: Store
  /** Answers `authorizer` in expressions. */
  authorizer: Authorizer
  /** Of the server the plug-ins work for, to find parameters by their kind. Called when a write is looked at, not before. */
  registry: () => ResourceRegistry
}

export interface PolicyAdmission {
  readonly mutating: AdmissionPlugin
  readonly validating: AdmissionPlugin
  /** Stops following policies. */
  close(): void
}

export function policyAdmission(options: PolicyAdmissionOptions): PolicyAdmission {
  const { store } = options
  const follow = <T>(resource: string, compile: (object: ApiObject) => T): Followed<T> =>
    new Followed({ store, collection: `admissionregistration.k8s.io/${resource}`, compile })
  const mutating = {
    ...options,
    policies: follow('mutatingadmissionpolicies', mutatingPolicyOf),
    bindings: follow('mutatingadmissionpolicybindings', bindingOf),
  }
  const validating = {
    ...options,
    policies: follow('validatingadmissionpolicies', validatingPolicyOf),
    bindings: follow('validatingadmissionpolicybindings', bindingOf),
  }
  return {
    mutating: mutatingPolicies(mutating),
    validating: validatingPolicies(validating),
    close() {
      for (const { policies, bindings } of [mutating, validating]) {
        policies.close()
        bindings.close()
      }
    },
  }
}
