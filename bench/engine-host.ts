/**
 * The process an engine is measured in: started by the bench with `fork`, it takes commands over IPC, so that the load generator's
 * memory and work do not count as the engine's. Ends itself, and every machine it started, when the bench goes away.
 */

import { silentLogger } from '@berth/base'
import { startEngine } from '@berth/engine'
import { endMachines } from './engine/end-machines.ts'
import { commands, type HostReply, type HostRequest } from './engine/host-commands.ts'

const [dataDir = '', driver = ''] = process.argv.slice(2)
if (dataDir === '' || (driver !== 'qemu' && driver !== 'simulated'))
  throw new TypeError('usage: engine-host.ts DATA-DIR qemu|simulated')

const logger = { ...silentLogger, error: say, child: () => logger }
const engine = await startEngine({ dataDir, port: 0, driver, logger })

function say(fields: Record<string, unknown>, message: string): void {
  process.stderr.write(`engine: ${message} ${JSON.stringify(fields)}\n`)
}

function reply(message: HostReply): void {
  if (process.connected) process.send?.(message)
}

let closing: Promise<void> | undefined
function close(): Promise<void> {
  closing ??= (async () => {
    await engine.close()
    await endMachines(dataDir)
  })()
  return closing
}

process.on('message', (request: HostRequest) => {
  const work =
    request.command === 'close'
      ? close()
      : // The sender's types tie each command to its parameters; they do not cross the process boundary.
        (commands[request.command] as (engine_: typeof engine, parameters: unknown) => Promise<unknown>)(
          engine,
          request.parameters,
        )
  work.then(
    (result) => reply({ id: request.id, result }),
    (error: unknown) => reply({ id: request.id, error: error instanceof Error ? (error.stack ?? '') : String(error) }),
  )
})
process.on('disconnect', () => {
  close().then(
    () => process.exit(),
    (error: unknown) => {
      say({ error: String(error) }, 'could not close')
      process.exit(1)
    },
  )
})
// The bench decides when this ends, also on Ctrl-C, which the terminal sends to both.
process.on('SIGINT', () => {})
reply({ id: 0, result: { server: engine.server, kubeconfig: engine.paths.adminKubeconfig } })
