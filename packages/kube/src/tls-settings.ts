/** What both kinds of connections, plain and WebSocket, are secured with. */

/** What a connection is made with; changes when a credential command issues another certificate. */
export interface TlsSettings {
  ca?: string
  cert?: string
  key?: string
  servername?: string
  rejectUnauthorized: boolean
}
