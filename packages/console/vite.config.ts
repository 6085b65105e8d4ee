/** Built into `dist/console` beside the command; every asset has a hash in its name, so that browsers may keep it for ever. */

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` finds the console server. */
const server = process.env['BERTH_CONSOLE'] ?? 'http://127.0.0.1:7080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server puts a fresh one here with every page it serves.
  html: { cspNonce: '__CSP_NONCE__' },
  server: {
    proxy: { '/api': { target: server, ws: true, changeOrigin: true, secure: false, rewriteWsOrigin: true } },
  },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    target: 'es2024',
    sourcemap: true,
    manifest: true,
  },
})
