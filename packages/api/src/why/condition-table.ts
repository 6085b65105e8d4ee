/** What the conditions of a machine and its instance mean, in plain words. Rows, by type and reason. */

export interface ConditionRow {
  type: string
  /** The status that is worth a word. */
  status: 'True' | 'False'
  /** Undefined: any reason that no earlier row has. */
  reason?: string
  on: 'VirtualMachine' | 'VirtualMachineInstance'
  says: string
  /** The newest event of this reason says more than the message of the condition. */
  event?: string
  remedy: (name: string) => string
}

export const imageRemedy =
  'See that the name is right and the registry can be reached, and that a pull secret is set when it asks for one. The embedded engine takes images from files, too: `berth image load FILE`.'

export const conditionTable: readonly ConditionRow[] = [
  {
    type: 'Failure',
    status: 'True',
    reason: 'FailedFindInstancetype',
    on: 'VirtualMachine',
    says: 'The instance type it names is not there',
    remedy: () => 'Create the instance type, or name another (`kubectl get vminstancetype,vmclusterinstancetype`).',
  },
  {
    type: 'Failure',
    status: 'True',
    reason: 'FailedFindPreference',
    on: 'VirtualMachine',
    says: 'The preference it names is not there',
    remedy: () => 'Create the preference, or name another (`kubectl get vmpref,vmcp`).',
  },
  {
    type: 'Failure',
    status: 'True',
    on: 'VirtualMachine',
    says: 'The controller could not do what it should',
    remedy: () => 'Mend what the message names; a new attempt is made by itself.',
  },
  {
    type: 'ManualRecoveryRequired',
    status: 'True',
    on: 'VirtualMachine',
    says: 'A migration of its volumes ended half way',
    remedy: () => 'Set the volumes of the VM to those that hold the data, old or new, then start it.',
  },
  {
    type: 'Synchronized',
    status: 'False',
    reason: 'FailedCreate',
    on: 'VirtualMachineInstance',
    says: 'Its pod is refused',
    remedy: () =>
      'Mend what the message names (for a quota or a limit of the namespace: raise it, or ask for less); the VM starts by itself then.',
  },
  {
    type: 'Synchronized',
    status: 'False',
    reason: 'ErrImagePull',
    on: 'VirtualMachineInstance',
    says: 'An image cannot be fetched',
    remedy: () => imageRemedy,
  },
  {
    type: 'Synchronized',
    status: 'False',
    reason: 'ImagePullBackOff',
    on: 'VirtualMachineInstance',
    says: 'An image could not be fetched; the next attempt waits a while',
    remedy: () => imageRemedy,
  },
  {
    type: 'Synchronized',
    status: 'False',
    on: 'VirtualMachineInstance',
    says: 'It cannot be brought to what its spec says',
    remedy: (name) => `Mend what the message names; \`kubectl describe vmi ${name}\` shows all attempts.`,
  },
  {
    type: 'Paused',
    status: 'True',
    reason: 'PausedIOError',
    on: 'VirtualMachineInstance',
    says: 'It was stopped in its tracks because a disk could not be written or read',
    remedy: (name) =>
      `Make room where a storage is full, or mend the disk (\`berth doctor\` looks at this host's). If it does not go on by itself then: \`berth vm unpause ${name}\`.`,
  },
  {
    type: 'Paused',
    status: 'True',
    on: 'VirtualMachineInstance',
    says: 'It is paused',
    remedy: (name) => `Let it go on with \`berth vm unpause ${name}\`.`,
  },
  {
    type: 'AccessCredentialsSynchronized',
    status: 'False',
    on: 'VirtualMachineInstance',
    says: 'Keys or passwords did not reach the guest',
    remedy: () => 'See that the guest agent runs in the guest and that the secret has what it should.',
  },
  {
    type: 'AgentVersionNotSupported',
    status: 'True',
    on: 'VirtualMachineInstance',
    says: 'The guest agent lacks commands that are needed',
    remedy: () => 'Update qemu-guest-agent in the guest.',
  },
  {
    type: 'RestartRequired',
    status: 'True',
    on: 'VirtualMachine',
    says: 'It runs with an older spec than it has now',
    remedy: (name) => `Restart it when it suits: \`berth vm restart ${name}\`.`,
  },
  {
    type: 'Ready',
    status: 'False',
    reason: 'ContainersNotReady',
    on: 'VirtualMachineInstance',
    says: 'Its readiness probe does not succeed',
    event: 'Unhealthy',
    remedy: (name) => `See what the service in the guest says (\`berth vm console ${name}\`), or correct the probe.`,
  },
]
