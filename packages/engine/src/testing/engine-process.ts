/**
 * A whole engine as a process that tests can kill: `node engine-process.ts DATA-DIRECTORY PORT [real|simulated] [STORAGE]`, with real
 * machines unless told otherwise; the directory of a storage called "small" may follow. Prints one line when it listens. Ends when its
 * standard input does, so that it never outlives the test.
 */

import { flushCompileCache } from 'node:module'
import { createQemuDriver, createSimulatedDriver } from '@berth/hypervisor'
import { startEngine } from '../engine.ts'
import { dataDirectory } from '../host/data-directory.ts'
import { fileLogger } from '../logging.ts'

const [dataDir = '', port = '', machines = '', small] = process.argv.slice(2)
const paths = dataDirectory(dataDir)
const logger = fileLogger(`${paths.logs}/engine.log`, 'info')
const started = performance.now()
// Emulation by choice: trying KVM out would take longer than a round of the test.
const driver =
  machines === 'simulated'
    ? await createSimulatedDriver({ stateFile: `${paths.machines}/simulated.json` })
    : await createQemuDriver({ directory: paths.machines, acceleration: 'tcg', logger })
const driverMs = performance.now() - started
process.stdin.on('end', () => process.exit(0)).resume()
const engine = await startEngine({
  dataDir,
  port: Number(port),
  driver,
  logger,
  ...(small === undefined ? {} : { storages: [{ name: 'small', directory: small }] }),
})
const readyMs = performance.now() - started
process.stdout.write(`${JSON.stringify({ adopted: engine.adopted, driverMs, readyMs })}\n`)
// A process that is killed keeps nothing for the next one at its end.
flushCompileCache()
process.once('SIGTERM', () => void engine.close().then(() => process.exit(0)))
