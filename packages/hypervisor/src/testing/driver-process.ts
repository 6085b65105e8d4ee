/**
 * A program for tests that kill a driver: starts the machines whose specs it gets (argument 2, JSON) in the state directory
 * (argument 1), prints a line after each, and stays.
 */

import { createQemuDriver } from '../qemu/create.ts'
import type { DomainSpec } from '../spec/domain.ts'

const [directory = '', specs = '[]'] = process.argv.slice(2)
const driver = await createQemuDriver({ directory, acceleration: 'tcg' })
await driver.adopt()
process.stdout.write('open\n')
// Written by the test.
for (const spec of JSON.parse(specs) as DomainSpec[]) {
  const { status } = await driver.start(spec)
  process.stdout.write(`${spec.id} ${status.pid}\n`)
}
setInterval(() => {}, 60_000)
