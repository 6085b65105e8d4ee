// `npm run boundaries`: package boundaries, from the table in boundaries/package-table.mjs.
import path from 'node:path'
import { checkBoundaries } from './boundaries/check-boundaries.mjs'

const { files, violations } = await checkBoundaries(path.resolve(import.meta.dirname, '..'))
for (const violation of violations) console.error(violation)
console.log(`boundaries: ${files} files, ${violations.length} violations`)
process.exitCode = violations.length > 0 || files === 0 ? 1 : 0
