/** Runs a kubeconfig's credential command: its own words go to our stderr, its answer is read from its stdout. */

import { spawn } from 'node:child_process'

/** An ExecCredential is a few kilobytes. */
const maxOutputBytes = 1024 * 1024

export function runCredentialCommand(invocation: {
  command: string
  args: string[]
  env: Record<string, string>
  interactive: boolean
}): Promise<string> {
  const { command, args, env, interactive } = invocation
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    })
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size <= maxOutputBytes) chunks.push(chunk)
      else child.kill()
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (size > maxOutputBytes) reject(new Error('it printed too much'))
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
      else reject(new Error(signal === null ? `it ended with exit code ${code ?? 1}` : `it was ended by ${signal}`))
    })
  })
}
