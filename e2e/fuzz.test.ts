// Somebody who sends anything at all: no 500, no crash, nothing that grows. `node tools/fuzz.ts` goes on for as long as you like.
import { describeFinding, fuzzEngine, memoryGrowth, useEngine } from '@berth/testkit'
import { expect, it } from 'vitest'

const engine = useEngine({ driver: 'simulated' })
const seconds = Number(process.env['BERTH_FUZZ_SECONDS'] ?? 6)

it(`answers ${seconds} seconds of mutated requests as an API server does`, async () => {
  const { findings, codes, rounds, requests } = await fuzzEngine(engine(), {
    seed: 20_260_101,
    duration: seconds * 1000,
    requestsAtLeast: 600,
  })
  expect(findings.map(describeFinding)).toEqual([])
  expect(memoryGrowth(rounds)).toEqual([])
  // Most must get past the first check, or nothing is proven.
  expect(requests).toBeGreaterThan(500)
  expect((codes[200] ?? 0) + (codes[201] ?? 0)).toBeGreaterThan(requests / 20)
  expect(codes[422] ?? 0).toBeGreaterThan(requests / 50)
  expect(Object.keys(codes).length).toBeGreaterThan(6)
})
