import { closeCodes, refusalCloseCode } from '@berth/view'
import { describe, expect, it } from 'vitest'
import { afterEnd, afterStart, begin, retry, type Attachment } from './attachment.ts'
import { streamAddress } from './stream-address.ts'

const connected = { state: 'connected' } as Attachment

describe('a console whose connection ends', () => {
  it.each<[string, Attachment, { code: number; reason?: string; running?: boolean }, Attachment]>([
    ['waits for a machine that stopped', connected, { code: 1000, running: false }, { state: 'waiting' }],
    ['waits for a machine that is not there', begin, { code: refusalCloseCode(404) }, { state: 'waiting' }],
    [
      'comes back at once when the connection broke',
      connected,
      { code: 1006 },
      { state: 'retrying', attempt: 1, delayMs: 300, message: '', lost: true },
    ],
    [
      'asks before it takes a console from somebody',
      begin,
      { code: closeCodes.busy, reason: 'ann' },
      { state: 'busy', who: 'ann' },
    ],
    [
      'does not take back what somebody took over',
      connected,
      { code: closeCodes.busy, reason: 'ann' },
      { state: 'taken' },
    ],
    [
      'gives up without the right',
      begin,
      { code: refusalCloseCode(403), reason: 'no' },
      { state: 'refused', message: 'no' },
    ],
  ])('%s', (_, before, { code, reason = '', running = true }, after) => {
    expect(afterEnd(before, { code, reason, running })).toEqual(after)
  })

  it('sees in the next attempt that somebody took it over', () => {
    const lost = afterEnd(connected, { code: 1006, reason: '', running: true })
    const dialled = retry(lost)
    expect(dialled).toEqual({ state: 'connecting', takeOver: false, attempt: 1, lost: true })
    expect(afterEnd(dialled, { code: closeCodes.busy, reason: 'ann', running: true })).toEqual({ state: 'taken' })
  })

  it('tries less and less often, and at least every ten seconds', () => {
    let now: Attachment = connected
    const delays: number[] = []
    for (let round = 0; round < 8; round += 1) {
      now = afterEnd(now, { code: 1006, reason: '', running: true })
      if (now.state === 'retrying') delays.push(now.delayMs)
      now = retry(now)
    }
    expect(delays).toEqual([300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000])
  })

  it('begins again when the machine runs again, and only then', () => {
    expect(afterStart({ state: 'waiting' })).toEqual(begin)
    expect(afterStart({ state: 'taken' })).toEqual({ state: 'taken' })
  })
})

describe('the address of a stream', () => {
  it('keeps odd names apart from the path, and follows the page to encryption', () => {
    const target = { cluster: 'a/b', namespace: 'n', name: '../x' }
    expect(streamAddress(target, { kind: 'vnc', takeOver: false, origin: 'https://here:1' })).toBe(
      'wss://here:1/api/clusters/a%2Fb/stream/apis/subresources.kubevirt.io/v1/namespaces/n/virtualmachineinstances/..%2Fx/vnc?take=free',
    )
  })
})
