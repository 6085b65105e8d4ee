/** Ports of the loopback interface. */

import { once } from 'node:events'
import { createServer } from 'node:net'

/** For what keeps its port over several starts, or takes no port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Below what the kernel gives to those who name none (32768 to 60999): nobody gets it while its server is down.
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
