/** Built into `dist/console` beside the command; every asset has a hash in its name, so that browsers may keep it for ever. */

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    target: 'es2024',
    sourcemap: true,
  },
})
