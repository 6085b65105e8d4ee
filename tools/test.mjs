// `npm test`: set-up, then every test, then one line of counts. Arguments go to vitest (`npm test -- packages/meta`).
import fs from 'fs'
import os from 'os'
import path from 'path'
import { spawn } from 'child_process'
import { fail, root, setUp } from './setup/index.mjs'

function runVitest(node, report) {
  return new Promise((resolve, reject) => {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json=' + report]
    const child = spawn(node, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: path.dirname(node) + ':' + process.env.PATH },
    })
    child.on('error', reject)
    child.on('close', (code) => resolve(code === null ? 1 : code))
  })
}

async function main() {
  const node = await setUp(['run', 'image', 'test'])
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'berth-test-report-'))
  const report = path.join(folder, 'report.json')
  try {
    const code = await runVitest(node, report)
    const counts = JSON.parse(fs.readFileSync(report, 'utf8'))
    const skipped = counts.numPendingTests + counts.numTodoTests
    // A file that does not load has no tests to fail; count it, so that the line never reads better than the run.
    const broken = counts.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    ).length
    console.log(
      counts.numPassedTests + ' passed, ' + (counts.numFailedTests + broken) + ' failed, ' + skipped + ' skipped',
    )
    process.exitCode = code
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

main().catch(fail)
