/** `berth vm create`. */

import type { VirtualMachine } from '@berth/api'
import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import type { CommandContext, Session } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { waitOptions } from '../machines/actions.ts'
import { builtInImage } from '../machines/image-source.ts'
import { namedOutputOption } from '../output/print-objects.ts'

export const vmCreate: CommandSpec = {
  name: 'vm create',
  summary: 'make a VM and start it',
  description:
    `--image is the name of an image (\`berth image list\`), NAMESPACE/DATASOURCE, an http(s) URL, or a path on the host of the VM, which ` +
    `then uses that file itself. Without it the VM runs ${builtInImage}, the engine's built-in guest.\n` +
    `Images other than ${builtInImage} are set up by cloud-init: with your SSH key, --user and --password, or with --cloud-init FILE.`,
  args: [{ name: 'NAME', summary: 'name of the new VM' }],
  options: [
    { flags: '--image IMAGE', summary: 'what the VM boots', default: builtInImage, completion: 'image' },
    { flags: '--cpu COUNT', summary: 'processor cores', default: '1' },
    { flags: '--memory SIZE', summary: 'memory, as 512Mi or 4Gi (default: 1Gi, 256Mi for the built-in guest)' },
    { flags: '--disk SIZE', summary: "size of the root disk (default: the image's; 10Gi for a URL)" },
    { flags: '--ssh-key FILE', summary: 'public key that may log in (default: ~/.ssh/id_*.pub)', completion: 'file' },
    { flags: '--user NAME', summary: "account to make (default: the image's own)" },
    { flags: '--password TEXT', summary: 'password of that account, for the console' },
    { flags: '--cloud-init FILE', summary: 'cloud-init user data instead of the above', completion: 'file' },
    { flags: '--uefi', summary: 'boot by UEFI instead of BIOS' },
    { flags: '--no-start', summary: 'make it, but leave it stopped' },
    { flags: '--dry-run WHERE', summary: 'only show what would be made', choices: ['client', 'server'] },
    namedOutputOption,
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: [
    'vm create hello',
    'vm create web --image debian-12 --cpu 2 --memory 2Gi --disk 20Gi',
    'vm create web --image debian-12 --dry-run client -o yaml > web.yaml',
  ],
  async run(input, context) {
    const { newMachine } = await import('../machines/new-machine.ts')
    const wish = await wishOf(input, context)
    const where = input.text('dryRun')
    // A client dry run needs no server, hence no kubeconfig.
    if (where === 'client')
      return show(context, newMachine({ ...wish, namespace: input.text('namespace') ?? 'default' }), input)
    const opened = await session(input, context)
    const machine = newMachine({ ...wish, namespace: opened.namespace })
    const { virtualMachines } = await import('@berth/api')
    const made = await opened.client.create(virtualMachines, machine, {
      fieldManager: 'berth',
      fieldValidation: 'Strict',
      ...(where === 'server' ? { dryRun: true } : {}),
    })
    if (where === 'server' || input.text('output') !== undefined) await show(context, made, input)
    if (where !== 'server') await follow(opened, made, input, context)
  },
}

async function wishOf(input: Input, context: CommandContext) {
  const { defaultUserOf, imageSource } = await import('../machines/image-source.ts')
  const { loginOf } = await import('../machines/login.ts')
  const source = imageSource(input.text('image') ?? builtInImage)
  const login = source.kind === 'builtIn' ? noLogin(input) : await loginOf(input, context)
  const loginUser = input.text('user') ?? (login === undefined ? undefined : defaultUserOf(source))
  const diskSize = input.text('disk')
  return {
    name: input.arg(0),
    source,
    cpus: input.integer('cpu', { min: 1, max: 1024 }) ?? 1,
    memory: input.text('memory') ?? (source.kind === 'builtIn' ? '256Mi' : '1Gi'),
    uefi: input.flag('uefi'),
    start: input.flag('start'),
    ...(diskSize === undefined ? {} : { diskSize }),
    ...(login === undefined ? {} : { userData: login }),
    ...(loginUser === undefined ? {} : { loginUser }),
  }
}

function noLogin(input: Input): undefined {
  const given = ['sshKey', 'user', 'password', 'cloudInit'].find((name) => input.text(name) !== undefined)
  if (given === undefined) return undefined
  throw new CliError('Usage', `the built-in guest ${builtInImage} has no cloud-init, so nobody can log in to it`, {
    remedy: 'Name another image with --image.',
  })
}

async function show(context: CommandContext, machine: VirtualMachine, input: Input): Promise<void> {
  const [{ outputOf, printObjects }, { virtualMachines }] = await Promise.all([
    import('../output/print-objects.ts'),
    import('@berth/api'),
  ])
  const format = outputOf(input) ?? 'yaml'
  await printObjects(context, [machine], { format, resource: virtualMachines, columns: [], single: true })
}

async function follow(
  { client, namespace }: Session,
  made: VirtualMachine,
  input: Input,
  context: CommandContext,
): Promise<void> {
  const { stdout, stderr } = context.terminal
  const name = made.metadata.name ?? ''
  const told = input.text('output') === undefined ? stdout : stderr
  told.write(`VM "${name}" created in namespace "${namespace}"\n`)
  if (!input.flag('start')) return stderr.write(context.spell(`next: berth vm start ${name}\n`))
  if (!input.flag('wait')) return
  const { waitForMachine } = await import('../machines/wait-for.ts')
  await waitForMachine(context, client, {
    target: { namespace, name },
    goal: { state: 'running' },
    timeoutMs: input.duration('timeout') ?? 300_000,
    text: `Starting VM "${name}"`,
    doneText: `VM "${name}" is running`,
  })
  const userData = made.spec.template.spec.volumes?.some((volume) => volume.cloudInitNoCloud !== undefined) === true
  const ways = [...(userData ? [`berth vm ssh ${name}   (once it has booted)`] : []), `berth vm console ${name}`]
  stderr.write(context.spell(ways.map((way) => `next: ${way}\n`).join('')))
}
