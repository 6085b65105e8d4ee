/** Who is signed in, and where: `GET /api/session`. 401 without a session. */

export interface SessionInfo {
  /** As the server of the API knows them. */
  user: string
  /** For the top bar. */
  displayName: string
  clusters: ClusterInfo[]
  /** Sent back as header `x-berth-csrf` with every request that is not GET or HEAD, and as `?csrf=` nowhere. */
  csrf: string
  /** Whether this session may manage local users. */
  admin: boolean
  /** Version of the server, to tell a page that is older than it. */
  version: string
  /** The command a person types: `./berth`. */
  command: string
  /** Of local users: whether they have a password. `missing` after a one-time link: ask for one (`PUT /api/session/password`). */
  password?: 'set' | 'missing'
}

export interface ClusterInfo {
  id: string
  name: string
  kind: 'engine' | 'kubernetes'
  /** `default` unless the kubeconfig says otherwise. */
  namespace: string
  state: 'reachable' | 'unreachable' | 'signed-out'
  message?: string
}

/** How one may sign in here: `GET /api/sign-in`, for everybody. */
export interface SignInMethods {
  password: boolean
  token: boolean
  /** A one-time link is a code in the fragment of `/sign-in#code=…`. */
  code: boolean
  clusters: { id: string; name: string }[]
}

/** `POST /api/session`. 401 with a Status on refusal, 429 with Retry-After after too many. `DELETE /api/session` signs out. */
export type SignIn =
  | { method: 'code'; code: string }
  | { method: 'password'; user: string; password: string }
  | { method: 'token'; token: string; cluster?: string }

/** `PUT /api/session/password`, for local users. `current` is needed where there is one. Answers a SessionInfo with another `csrf`. */
export interface PasswordChange {
  current?: string
  password: string
}

/** `GET /api/sessions`: one's own, of administrators everybody's, the one used last first. `DELETE /api/sessions/:id` ends one at once. */
export interface ListedSessionInfo {
  id: string
  user: string
  /** ISO 8601. */
  begun: string
  used: string
  /** It is the one that asks. */
  current: boolean
}
