// Bundles the command into dist/, so that it starts without reading hundreds of small files. Skips when nothing changed.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { spawnSync } from 'node:child_process'

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const stampFile = path.join(dist, '.stamp')

/** Name, size and time of every source file: cheap to read, and changes with any edit or checkout. */
function sourceStamp() {
  const hash = crypto.createHash('sha256')
  hash.update(fs.readFileSync(path.join(root, 'package-lock.json')))
  const folders = ['tools', ...fs.readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/src`)]
  for (const folder of folders.filter((name) => fs.existsSync(path.join(root, name)))) {
    for (const entry of fs.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue
      const file = path.join(entry.parentPath, entry.name)
      const { size, mtimeMs } = fs.statSync(file)
      hash.update(`${file}\0${size}\0${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

function generate() {
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools', 'generate.ts')], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

async function bundle() {
  const { build } = await import('esbuild')
  fs.rmSync(dist, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { berth: 'packages/cli/src/main.ts', 'store-worker': 'packages/store/src/sqlite/worker.ts' },
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: 'linked',
    logLevel: 'warning',
    // CommonJS packages inside the bundle call require().
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    loader: { '.json': 'json' },
  })
}

let stamp = sourceStamp()
if (!fs.existsSync(stampFile) || fs.readFileSync(stampFile, 'utf8') !== stamp) {
  generate()
  await bundle()
  stamp = sourceStamp()
  fs.writeFileSync(stampFile, stamp)
}
