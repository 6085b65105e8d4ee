/** `berth vm create`. */

import type { VirtualMachine } from '@berth/api'
import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import type { CommandContext, Session } from '../context.ts'
import type { Input } from '../input.ts'
import { waitOptions } from '../machines/actions.ts'
import { builtInImage } from '../machines/image-source.ts'
import { namedOutputOption } from '../output/print-objects.ts'

export const vmCreate: CommandSpec = {
  name: 'vm create',
  summary: 'make a VM and start it',
  description:
    `--image is the name of an image (\`berth image list\`), NAMESPACE/DATASOURCE, an http(s) URL, docker://IMAGE for a container disk ` +
    `(what the VM writes to it is gone when it stops), or a path on the host of the VM, which then uses that file itself (below a ` +
    `folder of \`berth up --host-disks\`). Without it the VM runs ${builtInImage}, the engine's built-in guest.\n` +
    `Images other than ${builtInImage} are set up by cloud-init: with your SSH key, --user and --password, or with --cloud-init FILE.\n` +
    `--instancetype and --preference take the name of one of the cluster, or KIND/NAME, as virtualmachineinstancetype/mine.`,
  args: [{ name: 'NAME', summary: 'name of the new VM' }],
  options: [
    { flags: '--image IMAGE', summary: 'what the VM boots', default: builtInImage, completion: 'image' },
    { flags: '--cpu COUNT', summary: 'processor cores (default: 1)' },
    { flags: '--memory SIZE', summary: 'memory, as 512Mi or 4Gi (default: 1Gi, 256Mi for the built-in guest)' },
    {
      flags: '--instancetype NAME',
      summary: 'processors and memory of this instance type, as u1.small',
      completion: 'instancetype',
    },
    { flags: '--preference NAME', summary: 'devices that suit this system, as fedora', completion: 'preference' },
    { flags: '--disk SIZE', summary: "size of the root disk (default: the image's; 10Gi for a URL)" },
    { flags: '--ssh-key FILE', summary: 'public key that may log in (default: ~/.ssh/id_*.pub)', completion: 'file' },
    { flags: '--user NAME', summary: "account to make (default: the image's own)" },
    { flags: '--password TEXT', summary: 'password of that account, for the console' },
    { flags: '--cloud-init FILE', summary: 'cloud-init user data instead of the above', completion: 'file' },
    { flags: '--uefi', summary: 'boot by UEFI instead of BIOS' },
    { flags: '--secure-boot', summary: 'boot by UEFI, and nothing that is not signed' },
    { flags: '--tpm', summary: 'give it a TPM 2.0 that keeps its state' },
    { flags: '--no-start', summary: 'make it, but leave it stopped' },
    { flags: '--dry-run WHERE', summary: 'only show what would be made', choices: ['client', 'server'] },
    namedOutputOption,
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: [
    'vm create hello',
    'vm create web --image debian-12 --cpu 2 --memory 2Gi --disk 20Gi',
    'vm create web --image docker://quay.io/containerdisks/fedora:41 --instancetype u1.small --preference fedora',
    'vm create web --image debian-12 --dry-run client -o yaml > web.yaml',
  ],
  async run(input, context) {
    const [{ newMachine }, { wishOf }] = await Promise.all([
      import('@berth/view'),
      import('../machines/machine-wish.ts'),
    ])
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
