/** The console of the engine of this host: its people are local users of the console, with the rights the engine binds to their group. */

import { connectionOf, loadKubeconfig } from '@berth/kube'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { defaultConsoleAddress, parseAddress } from './address.ts'
import { consoleDirectory, consoleKubeconfig } from './locations.ts'
import { certificateOf, engineCertificate, type ServeOptions } from './serve.ts'

export async function engineConsole(input: Input, context: CommandContext): Promise<ServeOptions> {
  const dataDirectory = input.text('dataDir') ?? context.dataDirectory
  const listen = input.text('consoleListen') ?? defaultConsoleAddress
  const { isLoopback } = await context.consoleServer()
  const { host } = parseAddress(listen, '--console-listen')
  const tls = (await certificateOf(input)) ?? (isLoopback(host) ? undefined : await engineCertificate(dataDirectory))
  const kubeconfig = consoleKubeconfig(dataDirectory)
  return {
    clusters: [
      {
        id: 'local',
        name: 'This host',
        kind: 'engine',
        namespace: 'default',
        credentials: 'impersonate',
        connection: async () => (await connectionOf(await loadKubeconfig([kubeconfig]))).connection,
      },
    ],
    signIn: 'engine',
    directory: consoleDirectory(dataDirectory),
    logFile: `${dataDirectory}/logs/console.log`,
    listen,
    ...(tls === undefined ? {} : { tls }),
    publicUrls: input.texts('publicUrl'),
  }
}

/**
 * Options of `berth up` that its second process is given.
 * @param where.url of the one before it: browsers that have it open find the next one there, also when the port was a free one
 */
export function consoleWords(input: Input, where: { dataDir: string; url: string | undefined }): string[] {
  const words = ['serve-console', '--data-dir', where.dataDir]
  const { host } = parseAddress(input.text('consoleListen') ?? defaultConsoleAddress, '--console-listen')
  const listen =
    where.url === undefined ? input.text('consoleListen') : `${bracketed(host)}:${portOf(new URL(where.url))}`
  for (const [flag, value] of [
    ['--console-listen', listen],
    ['--console-cert', input.text('consoleCert')],
    ['--console-key', input.text('consoleKey')],
  ] as const) {
    if (value !== undefined) words.push(flag, value)
  }
  return [...words, ...input.texts('publicUrl').flatMap((url) => ['--public-url', url])]
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
