/** Failures on this side of the connection. What the server refuses is a `StatusError` of @berth/meta instead. */

import { CodedError } from '@berth/base'

/** Every code with its meaning; the README's table is tested against it. */
export const clientErrorCodes = {
  Unreachable: 'no connection to the server, or it broke before the answer was complete',
  Timeout: 'the server took longer than the client waits',
  Untrusted: "the server's certificate, or ours, was not accepted",
  Protocol: 'the answer is not what the Kubernetes API sends',
  Aborted: 'the caller cancelled the request',
  StreamClosed: 'a console, VNC or port-forward stream was closed abnormally; has the WebSocket close code',
  InvalidName: 'a name cannot be part of an API path',
  BadKubeconfig: 'a kubeconfig is missing, unreadable, contradicts itself, or asks for what is not supported',
  CredentialPlugin: "a kubeconfig's credential command failed or answered nonsense",
} as const

export type ClientErrorCode = keyof typeof clientErrorCodes

export class ClientError extends CodedError<ClientErrorCode> {}

/** How a byte stream of `Transport.upgrade` ends when not by a normal close (1000). */
export class StreamClosedError extends ClientError {
  /** WebSocket close code; 1006 when the connection was cut without one (as when another session takes a console over). */
  readonly closeCode: number

  constructor(closeCode: number, reason: string) {
    super('StreamClosed', `stream closed with code ${closeCode}${reason === '' ? '' : `: ${reason}`}`)
    this.closeCode = closeCode
  }
}
