// Bundles the command into dist/, so that it starts without reading hundreds of small files, and the console into dist/console. Skips
// what has not changed.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { spawnSync } from 'node:child_process'

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const consoleDist = path.join(dist, 'console')
const stamps = {
  command: path.join(dist, '.stamp'),
  console: path.join(consoleDist, '.stamp'),
  /** Names of what the last build made. */
  files: path.join(dist, '.files'),
}
/** Packages whose code ends up in the page. */
const consolePackages = ['console', 'view', 'api', 'meta', 'base']

/** Name, size and time of every source file: cheap to read, and changes with any edit or checkout. */
function sourceStamp(packages, files) {
  const hash = crypto.createHash('sha256')
  for (const file of ['package-lock.json', ...files]) hash.update(fs.readFileSync(path.join(root, file)))
  const folders = ['tools', ...packages.map((name) => `packages/${name}/src`)]
  for (const folder of folders.filter((name) => fs.existsSync(path.join(root, name)))) {
    for (const entry of fs.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /\.test\.tsx?$/.test(entry.name)) continue
      const file = path.join(entry.parentPath, entry.name)
      const { size, mtimeMs } = fs.statSync(file)
      hash.update(`${file}\0${size}\0${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

const commandStamp = () =>
  sourceStamp(
    fs.readdirSync(path.join(root, 'packages')).filter((name) => name !== 'console'),
    [],
  )
const consoleStamp = () =>
  sourceStamp(consolePackages, ['packages/console/index.html', 'packages/console/vite.config.ts'])

function isFresh(file, stamp) {
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === stamp
}

function generate() {
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools', 'generate.ts')], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * Made beside dist/ and then moved in, entries last: a command that is called meanwhile finds the last build whole. What that build had
 * and this one has not is deleted by the next: an engine that runs from it loads parts of itself when they are needed.
 */
async function bundle() {
  const { build } = await import('esbuild')
  const fresh = `${dist}.new`
  fs.rmSync(fresh, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { berth: 'packages/cli/src/main.ts', 'store-worker': 'packages/store/src/sqlite/worker.ts' },
    outdir: fresh,
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
  const made = fs.readdirSync(fresh).toSorted((left, right) => entryRank(left) - entryRank(right))
  const before = fs.existsSync(stamps.files) ? JSON.parse(fs.readFileSync(stamps.files, 'utf8')) : []
  fs.mkdirSync(dist, { recursive: true })
  // From here on it is neither the old nor the new one, until the stamp is written again.
  fs.rmSync(stamps.command, { force: true })
  for (const name of made) fs.renameSync(path.join(fresh, name), path.join(dist, name))
  fs.rmdirSync(fresh)
  const kept = new Set([...made, ...before])
  for (const { name } of fs.readdirSync(dist, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    if (!kept.has(name)) fs.rmSync(path.join(dist, name), { force: true })
  }
  fs.writeFileSync(stamps.files, JSON.stringify(made))
}

/** What others import is there before them. */
const entryRank = (name) => (/^(berth|store-worker)\.js/.test(name) ? 1 : 0)

/** @throws when a page is larger than its budget */
async function buildConsole() {
  const [{ build }, { compressAssets }, { measure, overBudget, table }] = await Promise.all([
    import('vite'),
    import('./console/compress.mjs'),
    import('./console/budgets.mjs'),
  ])
  // Built beside it and put in its place whole: a console that is being served never lacks a file of its page.
  const fresh = `${consoleDist}.new`
  await build({
    configFile: path.join(root, 'packages', 'console', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: fresh },
  })
  const sizes = measure(fresh)
  const problems = overBudget(sizes)
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\n\n${table(sizes)}`)
  await compressAssets(path.join(fresh, 'assets'))
  if (process.argv.includes('--sizes')) console.log(table(sizes))
  fs.rmSync(consoleDist, { recursive: true, force: true })
  fs.renameSync(fresh, consoleDist)
}

let stamp = commandStamp()
if (!isFresh(stamps.command, stamp)) {
  generate()
  await bundle()
  stamp = commandStamp()
  fs.writeFileSync(stamps.command, stamp)
}
stamp = consoleStamp()
if (!isFresh(stamps.console, stamp) || process.argv.includes('--sizes')) {
  await buildConsole()
  fs.writeFileSync(stamps.console, stamp)
}
