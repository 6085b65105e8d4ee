// `npm start`: from a fresh clone to a running engine. Arguments go to `berth up`.
import { spawn } from 'child_process'
import path from 'path'
import { fail, root, setUp } from './setup/index.mjs'

async function main() {
  const node = await setUp(['run'])
  const child = spawn(node, [path.join(root, 'dist', 'berth.js'), 'up', ...process.argv.slice(2)], {
    stdio: 'inherit',
    // The command that a person in this folder can type.
    env: { ...process.env, BERTH_COMMAND: './berth' },
  })
  // Ctrl-C reaches the engine directly (same terminal); this process only waits for its farewell.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1))
}

main().catch(fail)
