/** `berth user …`: who may sign in to the console of this host. They work whether or not the console runs. */

import type { CommandSpec, OptionSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import type { AccountRole, ConsolePort } from '../console-port.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { dataOutputOption } from '../output/print-objects.ts'

const roles = ['administrator', 'operator', 'viewer'] as const
const nameArgument = { name: 'NAME', summary: 'name of the user' }
const passwordOption: OptionSpec = {
  flags: '--password-stdin',
  summary: 'read the password from standard input: one line',
}
/** A password in a file or a pipe is a line. */
const maxPasswordBytes = 4096

async function accountsOf(input: Input, context: CommandContext): Promise<ReturnType<ConsolePort['openAccounts']>> {
  const [{ openAccounts }, { consoleDirectory }] = await Promise.all([
    context.consoleServer(),
    import('../console-process/locations.ts'),
  ])
  const directory = consoleDirectory(input.text('dataDir') ?? context.dataDirectory)
  return openAccounts(directory, () => context.clock.now().getTime())
}

async function passwordFrom(input: Input, { terminal }: CommandContext): Promise<string | undefined> {
  if (!input.flag('passwordStdin')) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of terminal.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string) // a stream gives nothing else
    size += bytes.length
    if (size > maxPasswordBytes) throw new CliError('Usage', 'the password on standard input is too long')
    chunks.push(bytes)
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)
  if (line === '') throw new CliError('Usage', 'there is no password on standard input')
  return line
}

export const userAdd: CommandSpec = {
  name: 'user add',
  summary: 'add a local user of the console',
  description:
    'Without a password the user signs in with one-time links (`berth console --link --user NAME`), and can choose a password then.',
  args: [nameArgument],
  options: [
    { flags: '--role ROLE', summary: 'what the user may do', default: 'viewer', choices: roles },
    passwordOption,
    dataDirectoryOption,
  ],
  examples: ['user add ann --role operator', 'user add ann --password-stdin < password.txt'],
  async run(input, context) {
    const accounts = await accountsOf(input, context)
    const password = await passwordFrom(input, context)
    const role = roleOf(input)
    const name = input.arg(0)
    await accounts.add({ name, role, ...(password === undefined ? {} : { password }) })
    context.terminal.stdout.write(`User "${name}" added as ${role}.\n`)
    if (password === undefined) {
      context.terminal.stderr.write(context.spell(`next: berth console --link --user ${name}\n`))
    }
  },
}

export const userList: CommandSpec = {
  name: 'user list',
  summary: 'list the local users of the console',
  options: [dataOutputOption, dataDirectoryOption],
  examples: ['user list'],
  async run(input, context) {
    const accounts = await accountsOf(input, context)
    const all = (await accounts.list()).map(({ name, role, password, createdMs }) => ({
      name,
      role,
      hasPassword: password !== undefined,
      created: new Date(createdMs).toISOString(),
    }))
    const [{ printData }, { renderTable }] = await Promise.all([
      import('../output/print-objects.ts'),
      import('../output/table.ts'),
    ])
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, all, format)
    if (all.length === 0) {
      context.terminal.stderr.write(context.spell('There are no users yet; `berth up` makes "admin".\n'))
      return
    }
    const rows = all.map(({ name, role, hasPassword, created }) => [name, role, hasPassword ? 'set' : 'none', created])
    context.terminal.stdout.write(renderTable(['NAME', 'ROLE', 'PASSWORD', 'CREATED'], rows))
  },
}

export const userPassword: CommandSpec = {
  name: 'user password',
  summary: 'set the password of a local user, and end their sessions',
  args: [nameArgument],
  options: [passwordOption, dataDirectoryOption],
  examples: ['user password ann --password-stdin < password.txt'],
  async run(input, context) {
    const accounts = await accountsOf(input, context)
    const password = await passwordFrom(input, context)
    if (password === undefined) {
      throw new CliError('Usage', 'a password on the command line would be seen by everybody on this host', {
        remedy: 'Pass it with --password-stdin, or let the user choose one: `berth console --link --user NAME`.',
      })
    }
    await accounts.setPassword(input.arg(0), password)
    context.terminal.stdout.write(`Password of "${input.arg(0)}" set; the user's sessions ended.\n`)
  },
}

export const userRole: CommandSpec = {
  name: 'user role',
  summary: 'change what a local user may do, and end their sessions',
  args: [nameArgument, { name: 'ROLE', summary: 'administrator, operator or viewer', completion: roles }],
  options: [dataDirectoryOption],
  examples: ['user role ann administrator'],
  async run(input, context) {
    const accounts = await accountsOf(input, context)
    const role = roles.find((each) => each === input.arg(1))
    if (role === undefined) throw new CliError('Usage', `"${input.arg(1)}" is no role; there are ${roles.join(', ')}`)
    await accounts.setRole(input.arg(0), role)
    context.terminal.stdout.write(`"${input.arg(0)}" is ${role} now; the user's sessions ended.\n`)
  },
}

export const userRemove: CommandSpec = {
  name: 'user remove',
  summary: 'remove a local user, and end their sessions',
  args: [nameArgument],
  options: [dataDirectoryOption],
  examples: ['user remove ann'],
  async run(input, context) {
    const accounts = await accountsOf(input, context)
    await accounts.remove(input.arg(0))
    context.terminal.stdout.write(`User "${input.arg(0)}" removed.\n`)
  },
}

function roleOf(input: Input): AccountRole {
  return roles.find((role) => role === input.text('role')) ?? 'viewer'
}
