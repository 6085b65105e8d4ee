// Type check, one run per world: pure packages must compile without Node's types, everything else with them.
import { spawnSync } from 'node:child_process'

let failed = false
for (const project of ['tsconfig.pure.json', 'tsconfig.json']) {
  const { status } = spawnSync(process.execPath, ['node_modules/ts7/bin/tsc', '-p', project], { stdio: 'inherit' })
  failed ||= status !== 0
}
process.exitCode = failed ? 1 : 0
