/** What the host must have, and what is good to have. */

import { access, constants, readFile } from 'node:fs/promises'
import { findProgram, firstLineOf } from '../process/run-program.ts'
import type { Check, Finding } from './check.ts'

const leastNode = 24
/** QEMU of Debian 12; older ones miss options the driver uses. */
const leastQemu = [7, 2] as const

/** Programs, with what goes without them. */
const programs: readonly {
  id: string
  title: string
  program: string
  args: string[]
  missing: 'fail' | 'warn'
  remedy: string
}[] = [
  {
    id: 'qemu-img',
    title: 'Disk tools',
    program: 'qemu-img',
    args: ['--version'],
    missing: 'fail',
    remedy: 'apt install qemu-utils',
  },
  {
    id: 'kubectl',
    title: 'kubectl',
    program: 'kubectl',
    args: ['version', '--client'],
    missing: 'warn',
    remedy: 'apt install kubernetes-client (to use kubectl; berth does not need it)',
  },
  {
    id: 'ssh',
    title: 'SSH client',
    program: 'ssh',
    args: ['-V'],
    missing: 'warn',
    remedy: 'apt install openssh-client (for `berth vm ssh`)',
  },
]

export const hostChecks: readonly Check[] = [
  {
    id: 'node',
    title: 'Node.js',
    async run() {
      const detail = process.version
      const major = Number(process.versions.node.split('.')[0])
      if (major >= leastNode) return { verdict: 'ok', detail }
      return {
        verdict: 'fail',
        detail,
        remedy: `Use Node.js ${leastNode} or newer; \`npm start\` in the repository brings one.`,
      }
    },
  },
  { id: 'qemu', title: 'QEMU', run: ({ environment }) => checkQemu(environment) },
  ...programs.map(({ id, title, program, args, missing, remedy }): Check => ({
    id,
    title,
    async run({ environment }) {
      const path = await findProgram(program, environment)
      if (path === undefined) return { verdict: missing, detail: `no ${program} in PATH`, remedy }
      return {
        verdict: 'ok',
        detail: (await firstLineOf(path, args))?.replace(/^(\S+ version |Client Version: )/, '') || path,
      }
    },
  })),
  {
    id: 'ovmf',
    title: 'UEFI firmware',
    async run() {
      const found = await firstReadable([
        '/usr/share/OVMF/OVMF_CODE_4M.fd',
        '/usr/share/OVMF/OVMF_CODE.fd',
        '/usr/share/edk2/ovmf/OVMF_CODE.fd',
      ])
      if (found !== undefined) return { verdict: 'ok', detail: found }
      return { verdict: 'warn', detail: 'no OVMF found', remedy: 'apt install ovmf (for VMs that boot by UEFI)' }
    },
  },
  { id: 'kvm', title: 'KVM device', run: checkKvmDevice },
  { id: 'namespaces', title: 'User namespaces', run: checkNamespaces },
]

async function checkQemu(environment: NodeJS.ProcessEnv): Promise<Finding> {
  const program = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'
  const remedy = `apt install ${process.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86'}`
  const path = await findProgram(program, environment)
  if (path === undefined) return { verdict: 'fail', detail: `no ${program} in PATH`, remedy }
  const line = await firstLineOf(path, ['--version'])
  const version = /version (\d+)\.(\d+)\S*/.exec(line ?? '')
  if (version === null) return { verdict: 'fail', detail: `${path} does not tell its version`, remedy }
  const [text, major, minor] = [version[0], Number(version[1]), Number(version[2])]
  const enough = major > leastQemu[0] || (major === leastQemu[0] && minor >= leastQemu[1])
  if (enough) return { verdict: 'ok', detail: text.replace('version ', '') }
  return {
    verdict: 'warn',
    detail: `${text} is older than ${leastQemu.join('.')}, the oldest tried`,
    remedy: 'Use a newer distribution release.',
  }
}

async function checkKvmDevice(): Promise<Finding> {
  const device = '/dev/kvm'
  try {
    await access(device, constants.F_OK)
  } catch {
    return {
      verdict: 'warn',
      detail: 'there is none; VMs run by emulation, which is slow',
      remedy: 'Enable virtualization in the firmware, or nested virtualization where this is a VM itself.',
    }
  }
  try {
    await access(device, constants.R_OK | constants.W_OK)
  } catch {
    return {
      verdict: 'warn',
      detail: 'there, but not for this user',
      remedy: 'sudo usermod -aG kvm $USER, then log in again',
    }
  }
  return { verdict: 'ok', detail: device }
}

/** `berth image build` unpacks a distribution as its root without being root. */
async function checkNamespaces(): Promise<Finding> {
  if (process.getuid?.() === 0) return { verdict: 'ok', detail: 'not needed: running as root' }
  const remedy =
    'sudo sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 (for `berth image build`)'
  const [clone, most] = await Promise.all([
    numberIn('/proc/sys/kernel/unprivileged_userns_clone'),
    numberIn('/proc/sys/user/max_user_namespaces'),
  ])
  if (clone === 0 || most === 0) return { verdict: 'warn', detail: 'switched off by the kernel', remedy }
  return { verdict: 'ok', detail: 'allowed' }
}

async function numberIn(path: string): Promise<number | undefined> {
  try {
    return Number((await readFile(path, 'utf8')).trim())
  } catch {
    return undefined // kernels without the switch allow it
  }
}

async function firstReadable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    try {
      await access(path, constants.R_OK)
      return path
    } catch {
      // The next may be there.
    }
  }
  return undefined
}
