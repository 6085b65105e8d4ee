/** One object changed again and again, and when each of its watchers has heard of it. */

import type { Audience } from './audience.ts'
import { expectCode, type HttpsClient } from './https.ts'
import { configMap, configMapsPath } from './objects.ts'

/** The first changes meet code that is not compiled yet, on both sides; they are not counted. */
export const warmUpRounds = 5

/** @returns for every watcher and counted round, milliseconds from sending the change to having it */
export async function changeTimes(
  client: HttpsClient,
  { audience, name, rounds }: { audience: Audience; name: string; rounds: number },
): Promise<number[]> {
  const times: number[] = []
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const told = audience.told()
    const sentAt = performance.now()
    const body = JSON.stringify({ ...configMap(name), data: { text: 'x'.repeat(200), round: String(round) } })
    expectCode(await client.send('PUT', `${configMapsPath}/${name}`, body), 200, 'change')
    const arrivals = await told
    if (round >= 0) times.push(...arrivals.map((at) => at - sentAt))
  }
  return times
}
