/** `HOST:PORT` as people write it. */

import { CliError } from '../failure.ts'

/** @throws {CliError} Usage naming the option */
export function parseAddress(text: string, option: string): { host: string; port: number } {
  const match = /^(?:(?:\[([0-9a-f:]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new CliError('Usage', `${option}: "${text}" is not an address to listen on`, {
      remedy: 'Write it like 127.0.0.1:7480.',
    })
  }
  const host = match[1] ?? match[2]
  return { host: host === undefined || host === '' ? '127.0.0.1' : host, port }
}

export const defaultConsoleAddress = '127.0.0.1:7480'
