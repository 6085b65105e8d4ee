/** What is found out about a token. */

import type { UserInfo } from '../user.ts'

/** The reason of a refusal is for the log; `audiences` are those asked for that are the token's. */
export type TokenVerdict = { ok: true; user: UserInfo; audiences: string[] } | { ok: false; reason: string }
