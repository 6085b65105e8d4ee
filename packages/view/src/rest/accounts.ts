/**
 * Local users, for administrators of an engine's console: `GET|POST /api/accounts`, `PATCH|DELETE /api/accounts/:name`,
 * `POST /api/accounts/:name/link` for a one-time link.
 */

/** Administrators may do everything, operators change what is in namespaces, viewers change nothing and open no screens. */
export type AccountRole = 'administrator' | 'operator' | 'viewer'

export interface AccountInfo {
  name: string
  role: AccountRole
  /** Without one they sign in with one-time links only. */
  hasPassword: boolean
  /** ISO 8601. */
  created: string
}

export interface NewAccount {
  name: string
  role: AccountRole
  password?: string
}

/** Either ends the sessions of the account. */
export interface AccountChange {
  role?: AccountRole
  password?: string
}

export interface AccountLink {
  link: string
}
