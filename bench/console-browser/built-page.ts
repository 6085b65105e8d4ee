/** The console's page, built once for all lines that show it in a browser. */

import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { BenchContext } from '../context.ts'

const page = fileURLToPath(new URL('../../packages/console', import.meta.url))

/** @returns the folder with index.html and assets */
export function builtPage(context: BenchContext): Promise<string> {
  return context.shared('console-page', async () => {
    context.log('building the console')
    const outDir = await context.folder('console-page')
    await build({
      root: page,
      configFile: `${page}/vite.config.ts`,
      logLevel: 'error',
      build: { outDir, emptyOutDir: true, sourcemap: false },
    })
    // The folder is removed with the run.
    return { value: outDir, dispose: async () => {} }
  })
}
