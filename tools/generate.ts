/**
 * Writes the schemas the API server validates, prunes and explains with, from the types of an npm package: `npm run generate`.
 * Does nothing when neither the types nor the generator changed since the files were written. `--force` writes anyway.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SchemaSet } from '@berth/meta'
import type { Source } from './generate/names.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const types = join(root, 'node_modules/@kubevirt-ui-ext/kubevirt-api/dist')

const inputFiles: Record<Source, string> = {
  kubernetes: join(types, 'kubernetes/index.d.ts'),
  cdi: join(types, 'containerized-data-importer/index.d.ts'),
  kubevirt: join(types, 'kubevirt/index.d.ts'),
}

const outputs = [
  { file: join(root, 'packages/apiserver/src/generated/core.ts'), name: 'coreSchemas' },
  { file: join(root, 'packages/api/src/generated/kubevirt.ts'), name: 'kubevirtSchemas' },
] as const

const started = performance.now()
const stamp = `// stamp ${inputsHash()}`
if (!process.argv.includes('--force') && outputs.every(({ file }) => isCurrent(file))) {
  console.log('generate: schemas are up to date')
} else {
  const sets = await build()
  for (const { file, name } of outputs) {
    const set = sets[name]
    write(file, name, set)
    console.log(`generate: ${name}, ${Object.keys(set).length} definitions`)
  }
  console.log(`generate: done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

function inputsHash(): string {
  const hash = createHash('sha256')
  const folder = join(root, 'tools/generate')
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(folder, name))
  for (const file of [...Object.values(inputFiles), fileURLToPath(import.meta.url), ...sources]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: run npm install first`)
    hash.update(readFileSync(file))
    hash.update('\0')
  }
  return hash.digest('hex')
}

function isCurrent(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').startsWith(`${stamp}\n`)
}

/** The compiler is loaded only when there is work: it costs more than the check above. */
async function build(): Promise<Record<(typeof outputs)[number]['name'], SchemaSet>> {
  const { parseDeclarations } = await import('./generate/parse.ts')
  const { definitions } = await import('./generate/schema.ts')
  const { coreRoots, kubevirtRoots } = await import('./generate/roots.ts')
  const read = (source: Source) => ({
    source,
    declarations: parseDeclarations(`${source}.d.ts`, readFileSync(inputFiles[source], 'utf8')),
  })
  const kubernetes = read('kubernetes')
  // Kubernetes' own definitions come first, so both sets agree on the ones they share.
  const all = [kubernetes, read('cdi'), read('kubevirt')]
  return { coreSchemas: definitions([kubernetes], coreRoots), kubevirtSchemas: definitions(all, kubevirtRoots) }
}

/** One string literal parsed at load: many times quicker than the same thing as an object literal. */
function write(file: string, name: string, set: SchemaSet): void {
  mkdirSync(dirname(file), { recursive: true })
  const literal = JSON.stringify(JSON.stringify(set)).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  const text = [
    stamp,
    '/** Written by tools/generate.ts from the types of @kubevirt-ui-ext/kubevirt-api; do not edit. */',
    '',
    "import type { SchemaSet } from '@berth/meta'",
    '',
    `export const ${name}: SchemaSet = /* @__PURE__ */ JSON.parse(${literal}) as SchemaSet`,
    '',
  ].join('\n')
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, text)
  renameSync(temporary, file)
}
