// Type check, one run per world: pure packages must compile without Node's types, the console with a browser's, everything else with Node's.
import { spawnSync } from 'node:child_process'

let failed = false
for (const project of ['tsconfig.pure.json', 'tsconfig.json', 'tsconfig.console.json']) {
  const { status } = spawnSync(process.execPath, ['node_modules/ts7/bin/tsc', '-p', project], { stdio: 'inherit' })
  failed ||= status !== 0
}
process.exitCode = failed ? 1 : 0
