/**
 * The process a console server is measured in, started by the bench with `fork`. Tells where it listens and a link that signs in, then
 * answers questions about itself, and ends when the bench goes away.
 */

import { mkdir } from 'node:fs/promises'
import { silentLogger } from '@berth/base'
import { startConsole } from '@berth/console-server'
import { connectionOf, loadKubeconfig, systemClock } from '@berth/kube'

const [kubeconfig = '', dataDirectory = '', page] = process.argv.slice(2)
if (kubeconfig === '' || dataDirectory === '')
  throw new TypeError('usage: console-host.ts KUBECONFIG DATA-DIR [BUILT-PAGE]')

const assets = page ?? `${dataDirectory}/assets`
await mkdir(assets, { recursive: true })
const logger = { ...silentLogger, warn: say, error: say, child: () => logger }
const started = await startConsole({
  clusters: [
    {
      id: 'bench',
      name: 'bench',
      kind: 'engine',
      namespace: 'default',
      connection: async () => (await connectionOf(await loadKubeconfig([kubeconfig]))).connection,
      credentials: 'context',
    },
  ],
  listen: { host: '127.0.0.1', port: 0 },
  dataDirectory,
  assets,
  signIn: 'owner',
  logger,
  clock: systemClock,
  command: 'berth',
  version: '0.0.0',
})

function say(fields: Record<string, unknown>, message: string): void {
  process.stderr.write(`console: ${message} ${JSON.stringify(fields)}\n`)
}

/** What this process has used so far; memory after a collection. */
function usage(): { residentBytes: number; cpuMs: number; atMs: number } {
  const { user, system } = process.cpuUsage()
  global.gc?.()
  global.gc?.()
  return { residentBytes: process.memoryUsage().rss, cpuMs: (user + system) / 1000, atMs: performance.now() }
}

let closing: Promise<void> | undefined
process.on('message', () => {
  process.send?.(usage())
})
process.on('disconnect', () => {
  closing ??= started.close()
  closing.then(
    () => process.exit(),
    (error: unknown) => {
      say({ error: String(error) }, 'could not close')
      process.exit(1)
    },
  )
})
process.on('SIGINT', () => {})
process.send?.({ url: started.url, link: await started.newSignInLink() })
