// npm packages: installed with `npm ci` when the lock file is not the one that was installed last.
import crypto from 'crypto'
import fs from 'fs'
import path from 'path'
import { root } from './node.mjs'
import { run } from './run.mjs'
import { step } from './progress.mjs'

const stamp = path.join(root, 'node_modules', '.berth-lock')

export async function installPackages() {
  const lock = crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return
  // npm started us when it can be found in the environment; use the same one.
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  await step('install npm packages', () =>
    npm !== undefined && npm.endsWith('.js')
      ? run(process.execPath, [npm, ...args], { cwd: root })
      : run('npm', args, { cwd: root }),
  )
  fs.writeFileSync(stamp, lock)
}
