// How much each page of the console loads before it shows something, compressed, and whether that is within its budget.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'

/** Bytes, compressed with gzip. */
export const budgets = { js: 250_000, css: 40_000 }

/** Pages that are nothing without what they load. */
const larger = {
  // The viewers of screens and terminals themselves, in a window of their own.
  'consoles/window-page.tsx': { js: 420_000 },
  // A manifest is read and written as the machine is described: the YAML library.
  'create/create-page.tsx': { js: 300_000 },
  'machine/machine-page.tsx': { js: 300_000 },
}

const shellMessages = ['app', 'ui', 'tasks', 'actions', 'consoles']

/**
 * @typedef {{ file: string, src?: string, imports?: string[], css?: string[], isEntry?: boolean, isDynamicEntry?: boolean }} Chunk
 * @typedef {{ page: string, js: number, css: number }} PageSize
 */

/**
 * What every page loads: the entry, its own chunk, all they import, and the English words of both.
 * @param {Record<string, Chunk>} manifest Vite's
 * @param {(file: string) => number} sizeOf compressed bytes of a built file
 * @returns {PageSize[]} largest first
 */
export function pageSizes(manifest, sizeOf) {
  const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry)
  if (entry === undefined) throw new Error('the manifest has no entry')
  const pages = Object.keys(manifest).filter((key) => /^src\/features\/.*-page\.tsx$/.test(key))
  return pages
    .map((page) => {
      const feature = page.split('/')[2] ?? ''
      const words = [...shellMessages, feature].flatMap((name) => messagesOf(manifest, name))
      const chunks = closure(manifest, [entry, page, ...words])
      const css = new Set(chunks.flatMap((key) => manifest[key]?.css ?? []))
      const js = new Set(chunks.map((key) => manifest[key]?.file ?? ''))
      return { page: page.replace(/^src\/features\//, ''), js: total(js, sizeOf), css: total(css, sizeOf) }
    })
    .toSorted((one, other) => other.js - one.js)
}

function messagesOf(manifest, name) {
  return [`src/${name}/messages/en.json`, `src/features/${name}/messages/en.json`].filter((key) => key in manifest)
}

function closure(manifest, keys) {
  const found = new Set()
  const visit = (key) => {
    if (found.has(key)) return
    found.add(key)
    for (const next of manifest[key]?.imports ?? []) visit(next)
  }
  keys.forEach(visit)
  return [...found]
}

function total(files, sizeOf) {
  return [...files].reduce((sum, file) => sum + sizeOf(file), 0)
}

/**
 * @param {PageSize[]} sizes
 * @returns {string[]} a sentence for each page that is too large
 */
export function overBudget(sizes, limits = budgets, exceptions = larger) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
  return sizes.flatMap(({ page, ...size }) => {
    const limit = { ...limits, ...exceptions[page] }
    return ['js', 'css']
      .filter((kind) => size[kind] > limit[kind])
      .map(
        (kind) =>
          `${page} loads ${kilobytes(size[kind])} of ${kind}, its budget is ${kilobytes(limit[kind])}: load what is not seen at first by import()`,
      )
  })
}

/** @param {string} folder of the built console */
export function measure(folder) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, '.vite', 'manifest.json'), 'utf8'))
  const sizes = new Map()
  return pageSizes(manifest, (file) => {
    const known = sizes.get(file)
    if (known !== undefined) return known
    const size = zlib.gzipSync(fs.readFileSync(path.join(folder, file))).length
    sizes.set(file, size)
    return size
  })
}

/** @param {PageSize[]} sizes */
export function table(sizes) {
  const width = Math.max(...sizes.map(({ page }) => page.length))
  const cell = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)
  return sizes.map(({ page, js, css }) => `${page.padEnd(width)} ${cell(js)} js ${cell(css)} css`).join('\n')
}
