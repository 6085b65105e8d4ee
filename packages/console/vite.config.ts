/** Built into `dist/console` beside the command; every asset has a hash in its name, so that browsers may keep it for ever. */

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the console server; it must be started with `--public-url http://localhost:5173`. */
const server = process.env['BERTH_CONSOLE'] ?? 'http://127.0.0.1:7080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server puts a fresh one here with every page it serves.
  html: { cspNonce: '__CSP_NONCE__' },
  server: {
    // The server knows its own name only; the origin of the page stays what it is.
    proxy: { '/api': { target: server, ws: true, changeOrigin: true, secure: false } },
  },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    target: 'es2024',
    // What each page loads is looked up in it (tools/console/budgets.mjs).
    manifest: true,
    // Budgets are ours, per page and compressed.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // Our modules do nothing by being loaded, so that a page gets only what it uses of ui/ and not the whole kit.
      treeshake: {
        moduleSideEffects: (id) => !/packages\/console\/src\/(ui|routes|i18n|backend|live)\/.*\.tsx?$/.test(id),
      },
    },
  },
})
