import type { JsonObject, KubeObject } from '@berth/meta'

/** An object of any kind, as the server handles it. */
export type ApiObject = KubeObject & JsonObject
