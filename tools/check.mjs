// All checks that run no test: types, lint, format, package boundaries, unused code. Reports every failure, not only the first.
import { spawnSync } from 'node:child_process'

const checks = ['typecheck', 'lint', 'format:check', 'boundaries', 'unused']
const failed = checks.filter((name) => {
  console.log(`— ${name}`)
  return spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit' }).status !== 0
})
console.log(failed.length === 0 ? `checks: ${checks.length} passed` : `checks failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
