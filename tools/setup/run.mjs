// Runs a program and keeps its output for the error message; nothing is printed while it goes well.
import { spawn } from 'child_process'

/** A failure that a person can act on: `message` says what happened, `remedy` what to do. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message)
    this.remedy = remedy
  }
}

/** Resolves with the output; rejects with SetupError that carries the last lines. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-65536)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => reject(new SetupError(program + ' did not start: ' + error.message)))
    child.on('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new SetupError(program + ' ' + args.join(' ') + ' ended with code ' + code + ':\n' + excerpt(output)))
    })
  })
}

/** The first lines say what went wrong, the last what came of it. */
function excerpt(output) {
  const lines = output.trim().split('\n')
  return lines.length <= 24 ? lines.join('\n') : lines.slice(0, 12).concat('…', lines.slice(-12)).join('\n')
}
