/** Finds the kubectl programs of this machine, newest first. */

import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

export interface KubectlProgram {
  path: string
  /** `1.33.1` */
  version: string
  /** 33 of `1.33.1`. */
  minor: number
}

/** Google's package brings several versions beside each other; its plain `kubectl` only picks one of them. */
const manyVersions = '/usr/lib/google-cloud-sdk/bin'

let known: Promise<KubectlProgram[]> | undefined

/** Every version once, newest first; empty when there is none. `BERTH_TEST_KUBECTL` names the only one to use. */
export function kubectlPrograms(): Promise<KubectlProgram[]> {
  known ??= find()
  return known
}

/** The newest, the oldest and one between, for long journeys. `BERTH_EVERY_KUBECTL=1` asks for all. */
export async function fewKubectlPrograms(): Promise<KubectlProgram[]> {
  const all = await kubectlPrograms()
  if (process.env['BERTH_EVERY_KUBECTL'] === '1' || all.length <= 3) return all
  const chosen = [0, Math.floor(all.length / 2), all.length - 1]
  return all.filter((_, index) => chosen.includes(index))
}

/** @throws when there is none, with the remedy */
export async function newestKubectl(): Promise<KubectlProgram> {
  const [newest] = await kubectlPrograms()
  if (newest === undefined) {
    throw new Error(
      'no kubectl on this machine. `npm test` installs it; or run: apt-get install kubernetes-client (Debian), or put a kubectl on PATH.',
    )
  }
  return newest
}

async function find(): Promise<KubectlProgram[]> {
  const chosen = process.env['BERTH_TEST_KUBECTL']
  if (chosen !== undefined) return describeProgram(chosen)
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'))
  const many = (await readdir(manyVersions).catch(() => []))
    .filter((name) => /^kubectl\.\d+\.\d+$/.test(name))
    .map((name) => join(manyVersions, name))
  const programs = (await Promise.all([...new Set([...onPath, ...many])].map(describeProgram))).flat()
  const byVersion = new Map(programs.map((program) => [program.version, program]))
  return [...byVersion.values()].sort((a, b) => b.minor - a.minor)
}

async function describeProgram(path: string): Promise<KubectlProgram[]> {
  try {
    await access(path, constants.X_OK)
    const { stdout } = await promisify(execFile)(path, ['version', '--client', '-o', 'json'])
    const answer: unknown = JSON.parse(stdout)
    const match = /"gitVersion":"v(\d+\.(\d+)\.\d+[^"]*)"/.exec(JSON.stringify(answer))
    if (match?.[1] === undefined) return []
    return [{ path, version: match[1], minor: Number(match[2]) }]
  } catch {
    // Not there, or not a kubectl.
    return []
  }
}
