/** The address the engine is reached at. */

import { EngineError } from '../errors.ts'
import { type ControlPlane, type Listener } from '@berth/apiserver'

/** @throws {EngineError} ListenFailed */
export async function listen(plane: ControlPlane, { host, port }: { host: string; port: number }): Promise<Listener> {
  try {
    return await plane.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why =
      code === 'EADDRINUSE'
        ? 'something else listens there'
        : code === 'EACCES'
          ? 'this user may not use that port'
          : String(error)
    throw new EngineError('ListenFailed', `cannot listen on ${host}:${port}: ${why}`, {
      cause: error,
      remedy: 'Choose another address with --listen HOST:PORT.',
    })
  }
}

export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === 'localhost'
}

/** What a client on this host connects to. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
