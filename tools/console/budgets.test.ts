import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { overBudget, pageSizes } from './budgets.mjs'
import { compressAssets } from './compress.mjs'

const manifest = {
  'index.html': { file: 'a.js', isEntry: true, imports: ['_ui'], css: ['a.css'], dynamicImports: [] },
  _ui: { file: 'ui.js', css: ['ui.css'] },
  'src/features/home/home-page.tsx': { file: 'home.js', isDynamicEntry: true, imports: ['_ui', '_chart'] },
  'src/features/list/list-page.tsx': { file: 'list.js', isDynamicEntry: true, imports: ['_ui'] },
  _chart: { file: 'chart.js', css: ['chart.css'], dynamicImports: ['_editor'] },
  _editor: { file: 'editor.js' },
  'src/app/messages/en.json': { file: 'en.js' },
  'src/features/home/messages/en.json': { file: 'home-en.js' },
}
const bytes: Record<string, number> = {
  'a.js': 100,
  'ui.js': 50,
  'home.js': 10,
  'list.js': 5,
  'chart.js': 40,
  'editor.js': 1000,
  'en.js': 3,
  'home-en.js': 2,
  'a.css': 7,
  'ui.css': 5,
  'chart.css': 1,
}

describe('budgets', () => {
  const sizes = pageSizes(manifest, (file: string) => bytes[file] ?? Number.NaN)

  it('count what a page loads at first, each file once, and nothing that is loaded later', () => {
    expect(sizes).toEqual([
      { page: 'home/home-page.tsx', js: 100 + 50 + 10 + 40 + 3 + 2, css: 13 },
      { page: 'list/list-page.tsx', js: 100 + 50 + 5 + 3, css: 12 },
    ])
  })

  it('name each page that is too large', () => {
    expect(overBudget(sizes, { js: 160, css: 12 })).toEqual([
      expect.stringContaining('home/home-page.tsx loads 0.2 kB of js'),
      expect.stringContaining('home/home-page.tsx loads 0.0 kB of css'),
    ])
    expect(overBudget(sizes, { js: 205, css: 13 })).toEqual([])
  })
})

it('compresses what is worth it, losing nothing', async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'berth-assets-'))
  try {
    const text = 'export const x = 1\n'.repeat(200)
    await fs.writeFile(path.join(folder, 'a.js'), text)
    await fs.writeFile(path.join(folder, 'small.js'), 'export {}')
    await compressAssets(folder)
    expect((await fs.readdir(folder)).toSorted()).toEqual(['a.js', 'a.js.br', 'a.js.gz', 'small.js'])
    expect(zlib.brotliDecompressSync(await fs.readFile(path.join(folder, 'a.js.br'))).toString()).toBe(text)
    expect(zlib.gunzipSync(await fs.readFile(path.join(folder, 'a.js.gz'))).toString()).toBe(text)
  } finally {
    await fs.rm(folder, { recursive: true })
  }
})
