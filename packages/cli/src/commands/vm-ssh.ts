/** `berth vm ssh`. */

import type { CommandSpec } from '../command.ts'
import { connectionArguments, connectionOptions, session } from '../connection/options.ts'
import { CliError } from '../failure.ts'

export const vmSsh: CommandSpec = {
  name: 'vm ssh',
  summary: 'log in to a VM with ssh, through the API server',
  description:
    'The VM needs no address you can reach. Words after -- go to ssh: a command to run, for example. ' +
    'Host keys are remembered per VM, so one that was made anew under an old name does not look like an attack.',
  args: [
    { name: 'NAME', summary: 'the VM, or USER@VM', completion: 'machine' },
    { name: 'COMMAND', summary: 'for ssh', optional: true, variadic: true },
  ],
  options: [
    { flags: '-l, --user NAME', summary: 'log in as this user' },
    { flags: '-i, --identity FILE', summary: 'private key to use', completion: 'file' },
    { flags: '-p, --port PORT', summary: "the guest's SSH port", default: '22' },
    ...connectionOptions,
  ],
  examples: ['vm ssh web', 'vm ssh admin@web', 'vm ssh web -- uptime'],
  async run(input, context) {
    const [
      { annotatedUser, checkedUid, parseSshTarget, sshArguments },
      { getInstance, getMachineOrInstance },
      { loginUserAnnotation },
      programs,
      locations,
      fs,
      path,
    ] = await Promise.all([
      import('../machines/ssh-command.ts'),
      import('../machines/find.ts'),
      import('@berth/view'),
      import('../process/run-program.ts'),
      import('../locations.ts'),
      import('node:fs/promises'),
      import('node:path'),
    ])
    const { user: userOfTarget, name } = parseSshTarget(input.arg(0))
    const port = input.integer('port', { min: 1, max: 65_535 }) ?? 22
    if ((await programs.findProgram('ssh', context.environment)) === undefined) {
      throw new CliError('Failed', 'there is no ssh in PATH', { remedy: 'Install openssh-client.' })
    }
    const { client, namespace } = await session(input, context)
    const { machine } = await getMachineOrInstance(client, { namespace, name })
    await getInstance(client, { namespace, name })
    const folder = path.join(locations.stateDirectory(context.environment, context.homeDirectory), 'known_hosts')
    await fs.mkdir(folder, { recursive: true, mode: 0o700 })
    const uid = checkedUid(name, machine.metadata.uid)
    const user =
      input.text('user') ?? userOfTarget ?? annotatedUser(name, machine.metadata.annotations?.[loginUserAnnotation])
    const identityFile = input.text('identity')
    const self = [process.execPath, process.argv[1] ?? '']
    // The namespace is spelled out: the session's default may come from a context that another directory does not have.
    const connection = [...connectionArguments(input), '--namespace', namespace]
    const exitCode = await programs.runInForeground(
      'ssh',
      sshArguments({
        name,
        uid,
        knownHostsFile: path.join(folder, uid),
        proxy: [...self, 'vm', 'port-forward', '--stdio', ...connection, name, String(port)],
        rest: input.args.slice(1),
        ...(user === undefined ? {} : { user }),
        ...(identityFile === undefined ? {} : { identityFile }),
      }),
    )
    if (exitCode === 0) return
    throw new CliError('Failed', `ssh ended with exit code ${exitCode}`, {
      // 255 is ssh's own failure; anything else is the remote command's.
      remedy:
        exitCode === 255
          ? `When the VM has only just started, wait for it to boot: \`berth vm console ${name}\` shows it. When it denied permission, name who may log in with -l and -i.`
          : 'The code is that of the command which ran in the VM.',
    })
  },
}
