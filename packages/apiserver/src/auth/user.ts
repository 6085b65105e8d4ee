/** Who a request comes from, as authentication established it. */

export interface UserInfo {
  /** `system:anonymous` when nobody signed in. */
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  /** Who signed in, where this user is whom they act as; for the audit log, decisions never look at it. */
  readonly impersonator?: UserInfo
}

/** The identity of code inside the server process; member of system:masters, so RBAC lets it do everything. */
export function internalUser(name: string): UserInfo {
  return { name, groups: ['system:masters', 'system:authenticated'] }
}

/** What is to be decided: Kubernetes' authorizer attributes. */
export type Attributes =
  | {
      kind: 'resource'
      user: UserInfo
      verb: string
      group: string
      version: string
      resource: string
      subresource?: string
      namespace?: string
      name?: string
    }
  | { kind: 'path'; user: UserInfo; verb: string; path: string }

export interface Decision {
  allowed: boolean
  /** Why, for the 403 message and SelfSubjectAccessReview. */
  reason: string
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision
}
