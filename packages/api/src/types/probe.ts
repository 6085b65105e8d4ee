/** How a machine is asked whether it is well. */

export interface HttpGetAction {
  path?: string
  port: number | string
  host?: string
  /** `HTTP` when absent. */
  scheme?: string
  httpHeaders?: { name: string; value: string }[]
}

/** Exactly one handler. Times in seconds; defaults are filled in by admission. */
export interface Probe {
  httpGet?: HttpGetAction
  tcpSocket?: { port: number | string; host?: string }
  exec?: { command?: string[] }
  guestAgentPing?: object
  initialDelaySeconds?: number
  timeoutSeconds?: number
  periodSeconds?: number
  successThreshold?: number
  failureThreshold?: number
}
