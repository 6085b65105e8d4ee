// `npm run fuzz -- --seed 7 --minutes 10`: mutated requests of all kinds to a whole engine; exit code 1 when something is wrong.
import { describeFinding, fuzzEngine, memoryGrowth, startTestEngine } from '@berth/testkit'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { seed: { type: 'string' }, minutes: { type: 'string', default: '5' } } })
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const minutes = Number(values.minutes)
if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
  console.error('usage: npm run fuzz -- [--seed WHOLE-NUMBER] [--minutes NUMBER]')
  process.exit(2)
}

const rejections: unknown[] = []
process.on('unhandledRejection', (reason) => void rejections.push(reason))
const engine = await startTestEngine({ driver: 'simulated' })
try {
  console.log(`fuzzing for ${minutes} min with seed ${seed}`)
  const report = await fuzzEngine(engine, { seed, duration: minutes * 60_000, log: (text) => console.log(text) })
  const problems = [
    ...report.findings.map(describeFinding),
    ...rejections.map((reason) => `unhandled rejection: ${String(reason)}`),
    ...memoryGrowth(report.rounds),
  ]
  for (const problem of problems) console.error(problem)
  console.log(
    `${report.requests} requests, ${problems.length} problems; answers by code: ${JSON.stringify(report.codes)}`,
  )
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  await engine.stop()
}
