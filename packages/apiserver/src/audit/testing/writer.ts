/** A program that writes to an audit log until it is killed, and says after each event that it is written. */

import { silentLogger } from '@berth/base'
import { systemClock } from '../../control-plane/system-clock.ts'
import { requestOf } from '../../testing/core-server.ts'
import { createAuditLog } from '../audit-log.ts'

const [path = ''] = process.argv.slice(2)
const log = createAuditLog({
  path,
  mode: 'blocking-strict',
  maxSizeMegabytes: 0.05,
  maxBackups: 1000,
  clock: systemClock,
  logger: silentLogger,
  uuid: () => 'id',
})
const request = requestOf('POST', '/api/v1/namespaces')
const user = { name: 'ann', groups: [] }
const attributes = { kind: 'resource', user, verb: 'create', group: '', version: 'v1', resource: 'namespaces' } as const

function write(): void {
  for (let each = 0; each < 20; each += 1) log.begin(request, attributes)?.complete(201)
  process.stdout.write(`${log.head.sequence}\n`)
  setImmediate(write)
}
write()
