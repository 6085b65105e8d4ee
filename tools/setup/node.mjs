// Finds the Node.js that runs Berth. Runs itself on any Node.js, so it keeps to old syntax and bare module names.
import fs from 'fs'
import path from 'path'

export const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..', '..')
const wantedMajor = 24

/** The machine's own Node.js where it is new enough, else the one that the root package brings; undefined before install. */
export function berthNode() {
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return process.execPath
  const bundled = path.join(root, 'node_modules', 'node-linux-' + process.arch, 'bin', 'node')
  return fs.existsSync(bundled) ? bundled : undefined
}
