import { createClient, type Transport } from '@berth/kube'
import { beforeEach, describe, expect, it } from 'vitest'
import { Pictures } from './pictures.ts'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
let nowMs = 0
const clock = { now: () => new Date(nowMs), after: () => () => {} }

let asked: string[]
let picture: Buffer
/** A cluster whose machines all show the same. */
const transport: Transport = {
  async request({ path }) {
    asked.push(path)
    const body = (async function* () {
      yield picture
    })()
    return { code: 200, headers: {}, body }
  },
  upgrade: () => Promise.reject(new Error('no streams')),
  close: () => Promise.resolve(),
}
const client = createClient(transport)
let pictures: Pictures
const of = (who: string, name: string): Promise<Buffer> => pictures.of({ who, client, namespace: 'shop', name })

beforeEach(() => {
  nowMs = 0
  asked = []
  picture = Buffer.concat([signature, Buffer.alloc(100)])
  pictures = new Pictures(clock)
})

describe('a picture', () => {
  it('is taken once for one person, and anew for another and after a while', async () => {
    await Promise.all([of('ann', 'till'), of('ann', 'till')])
    expect(asked).toHaveLength(1)
    await of('bob', 'till')
    expect(asked).toHaveLength(2)
    nowMs += 2000
    await of('ann', 'till')
    expect(asked).toHaveLength(3)
  })

  it('that is none is not kept, and not given away', async () => {
    picture = Buffer.from('<script>')
    await expect(of('ann', 'till')).rejects.toMatchObject({ code: 'Unavailable' })
    await expect(of('ann', 'till')).rejects.toMatchObject({ code: 'Unavailable' })
    expect(asked).toHaveLength(2)
  })

  it('is not kept when there are many large ones', async () => {
    picture = Buffer.concat([signature, Buffer.alloc(15 * 1024 * 1024)])
    for (let count = 0; count < 10; count++) await of('ann', `till-${count}`)
    asked = []
    await of('ann', 'till-9')
    expect(asked).toHaveLength(0)
    await of('ann', 'till-0')
    expect(asked).toHaveLength(1)
  })
})
