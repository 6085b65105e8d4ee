/** Whether a guest's agent can do what is expected of it. Source: KubeVirt's node agent, whose sentences clients see. */

import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

const basic = [
  'guest-ping',
  'guest-get-time',
  'guest-info',
  'guest-shutdown',
  'guest-network-get-interfaces',
  'guest-get-fsinfo',
  'guest-get-host-name',
  'guest-get-users',
  'guest-get-timezone',
  'guest-get-osinfo',
]
const keys = ['guest-ssh-get-authorized-keys', 'guest-ssh-add-authorized-keys', 'guest-ssh-remove-authorized-keys']
/** What writing the file of keys takes, where there is no command for it. */
const keysByFile = [
  'guest-exec-status',
  'guest-exec',
  'guest-file-open',
  'guest-file-close',
  'guest-file-read',
  'guest-file-write',
]
const passwords = ['guest-set-user-password']

/** What is missing, as the reason of the condition AgentVersionNotSupported; undefined when nothing is. */
export function agentProblem(
  { accessCredentials = [] }: Pick<VirtualMachineInstanceSpec, 'accessCredentials'>,
  commands: readonly { name: string; enabled: boolean }[],
): string | undefined {
  const has = new Set(commands.filter(({ enabled }) => enabled).map(({ name }) => name))
  const all = (names: readonly string[]): boolean => names.every((name) => has.has(name))
  if (!all(basic)) return "This guest agent doesn't support required basic commands"
  const wantsKeys = accessCredentials.some(
    ({ sshPublicKey }) => sshPublicKey?.propagationMethod.qemuGuestAgent !== undefined,
  )
  if (wantsKeys && !all(keys) && !all(keysByFile))
    return "This guest agent doesn't support required public key commands"
  const wantsPasswords = accessCredentials.some(
    ({ userPassword }) => userPassword?.propagationMethod.qemuGuestAgent !== undefined,
  )
  return wantsPasswords && !all(passwords) ? "This guest agent doesn't support required password commands" : undefined
}
