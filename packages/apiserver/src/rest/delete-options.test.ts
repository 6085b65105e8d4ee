import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boat, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'

let harbour: Harbour

beforeAll(async () => {
  harbour = await openHarbour()
  await harbour.ask('POST', boatsPath, { body: boat('one') })
})

afterAll(() => harbour.close())

describe('options of a delete', () => {
  const refused: [string, object | undefined, string, { code: number; message: string }][] = [
    [
      'an unknown policy',
      { propagationPolicy: 'X' },
      '',
      { code: 422, message: 'Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"' },
    ],
    [
      'both ways to say what becomes of dependents',
      { propagationPolicy: 'Orphan', orphanDependents: true },
      '',
      { code: 422, message: 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set' },
    ],
    ['a flag that is none', { orphanDependents: 'x' }, '', { code: 400, message: 'must be true or false' }],
    [
      'a grace that is no number',
      undefined,
      '?gracePeriodSeconds=x',
      { code: 400, message: 'parsing "x": invalid syntax' },
    ],
    ['another dry run', { dryRun: ['x'] }, '', { code: 422, message: 'supported values: "All"' }],
    [
      'another uid',
      { preconditions: { uid: 'abc' } },
      '',
      {
        code: 409,
        message:
          'Operation cannot be fulfilled on Boat.harbour.example "one": the UID in the precondition (abc) does not match',
      },
    ],
    [
      'another version',
      { preconditions: { resourceVersion: '1' } },
      '',
      {
        code: 409,
        message: 'the ResourceVersion in the precondition (1) does not match the ResourceVersion in record',
      },
    ],
  ]

  it.each(refused)('refuse %s', async (_, body, query, { code, message }) => {
    const reply = await harbour.ask('DELETE', `${boatsPath}/one${query}`, body === undefined ? {} : { body })
    expect(reply.code).toBe(code)
    expect(reply.json['message']).toContain(message)
  })

  it('do nothing in a dry run, wherever it is asked for', async () => {
    for (const [query, body] of [
      ['?dryRun=All', undefined],
      ['', { dryRun: ['All'] }],
    ] as const) {
      const ask = body === undefined ? {} : { body }
      expect((await harbour.ask('DELETE', `${boatsPath}/one${query}`, ask)).code).toBe(200)
      expect((await harbour.ask('DELETE', `${boatsPath}${query}`, ask)).code).toBe(200)
    }
    expect((await harbour.ask('GET', `${boatsPath}/one`)).code).toBe(200)
  })

  it('orphan dependents when the older option says so', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('old') })
    const { json } = await harbour.ask('DELETE', `${boatsPath}/old?orphanDependents=1`)
    expect(json['metadata']).toMatchObject({ finalizers: ['orphan'] })
  })

  it('take what is only for objects nobody can read', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('two') })
    const body = { ignoreStoreReadErrorWithClusterBreakingPotential: true }
    expect((await harbour.ask('DELETE', `${boatsPath}/two`, { body })).code).toBe(200)
  })
})
