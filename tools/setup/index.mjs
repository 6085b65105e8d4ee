// Everything between a fresh clone and a program that runs. Idempotent: the second time it only looks.
import path from 'path'
import { berthNode, root } from './node.mjs'
import { installPackages } from './packages.mjs'
import { installSystemPackages } from './system.mjs'
import { run, SetupError } from './run.mjs'

export { root } from './node.mjs'

/** Prepares for the given purposes and returns the Node.js to run Berth with. */
export async function setUp(purposes) {
  if (process.platform !== 'linux') {
    throw new SetupError(
      'Berth runs virtual machines on Linux; this is ' + process.platform + '.',
      'Use a Linux host, or talk to a running Berth with its kubeconfig and kubectl.',
    )
  }
  await installPackages()
  const node = berthNode()
  if (node === undefined) {
    throw new SetupError(
      'Berth needs Node.js 24 or newer; this is ' +
        process.version +
        ' on ' +
        process.arch +
        ', and npm brought no newer one.',
      'Install Node.js 24, or run `npm ci --include=optional` on an x64 or arm64 machine.',
    )
  }
  await installSystemPackages(purposes)
  await run(node, [path.join(root, 'tools', 'build.mjs')], { cwd: root })
  return node
}

/** Ends the process with the shape all errors have. */
export function fail(error) {
  console.error('error: ' + error.message)
  if (error.remedy) console.error('next: ' + error.remedy)
  process.exit(1)
}
