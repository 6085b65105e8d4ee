import { connect } from 'node:net'
import { duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { openLocalPort } from './local-port.ts'

async function talk(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe('local port', () => {
  it('joins each connection to a stream of its own, ends included', async () => {
    const port = await openLocalPort({
      port: 0,
      async open() {
        const [near, far] = duplexPair()
        far.pipe(far)
        return near
      },
      onFailure: expect.unreachable,
    })
    expect(await Promise.all([talk(port.port, 'one'), talk(port.port, 'two')])).toEqual(['one', 'two'])
    await port.close()
  })

  it('closes the connection and says why when the stream cannot be opened', async () => {
    const failures: string[] = []
    const port = await openLocalPort({
      port: 0,
      open: () => Promise.reject(new Error('VMI is paused\u001B[2J')),
      onFailure: (message) => failures.push(message),
    })
    await talk(port.port, 'x').catch(() => undefined)
    expect(failures).toEqual(['VMI is paused\uFFFD[2J'])
    const taken = openLocalPort({ port: port.port, open: () => Promise.reject(new Error('unused')), onFailure() {} })
    await expect(taken).rejects.toThrow(`cannot listen on 127.0.0.1:${port.port}`)
    await port.close()
  })
})
