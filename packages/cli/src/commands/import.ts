/** `berth import`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'

export const importCommand: CommandSpec = {
  name: 'import',
  summary: 'make a VM from a file: OVA, OVF, VMDK, VHDX, VHD, VDI, qcow2, raw or ISO',
  description:
    'Without --yes it only shows what would be made, and what would be different. Disks are sent to the upload proxy of the cluster, ' +
    'and checked against the manifest of the package on the way. Run again after a failure, it goes on with the disks that are missing.',
  args: [
    { name: 'FILE', summary: 'the file; of an OVF, the descriptor with its files beside it', completion: 'file' },
    { name: 'NAME', summary: 'name of the new VM (default: what the file says)', optional: true },
  ],
  options: [
    { flags: '-y, --yes', summary: 'do it' },
    { flags: '--machine NAME', summary: 'the one to take, of a package with several' },
    { flags: '--cpu COUNT', summary: 'processors, in place of what the file says' },
    { flags: '--memory SIZE', summary: 'memory, as 4Gi, in place of what the file says' },
    { flags: '--storage-class NAME', summary: 'storage class of its disks' },
    {
      flags: '--bus BUS',
      summary: 'bus of its disks (default: the one that fits the guest)',
      choices: ['virtio', 'sata', 'scsi'],
    },
    {
      flags: '--network NETWORK',
      summary:
        'where cards go: a NetworkAttachmentDefinition, or OLD=NEW for the network of that name in the package, or pod; may be given again',
      repeatable: true,
    },
    { flags: '--keep-macs', summary: 'keep the MAC addresses' },
    { flags: '--uefi', summary: 'start by UEFI, where a disk alone does not say' },
    { flags: '--start', summary: 'start it when it is made' },
    { flags: '--disk-only', summary: 'make the disks and no VM' },
    { flags: '--upload-url URL', summary: 'the upload proxy (default: what the cluster says)' },
    { flags: '--upload-ca FILE', summary: 'certificates of the upload proxy to trust (PEM)', completion: 'file' },
    { flags: '--insecure-upload', summary: 'take any certificate of the upload proxy' },
    ...connectionOptions,
  ],
  examples: ['import web.ova', 'import web.ova shop --yes --start', 'import disk.vmdk db --memory 4Gi --yes'],
  async run(input, context) {
    const [{ readPackage }, { planText }, { machineFromOvf }] = await Promise.all([
      import('../imports/read-package.ts'),
      import('../imports/plan-text.ts'),
      import('@berth/view'),
    ])
    const source = await readPackage(input.arg(0))
    try {
      const foreign = chosenMachine(source.package.machines, input)
      const opened = await session(input, context)
      const name = input.args[1] ?? validName(foreign.name)
      const proposal = machineFromOvf(
        { ...foreign, ...(input.flag('uefi') ? { firmware: 'efi' as const } : {}) },
        { name, namespace: opened.namespace, ...choicesOf(input) },
      )
      const withoutMachine = input.flag('diskOnly') || source.kind === 'disc'
      const { stdout, stderr } = context.terminal
      const notes = [...source.notes, ...(source.kind === 'disc' ? [discNote] : [])]
      stdout.write(planText({ file: input.arg(0), proposal, notes }))
      if (!input.flag('yes')) return stderr.write('\nNothing is made yet. Add --yes to do it.\n')
      const [{ runImport }, { findUploadProxy }] = await Promise.all([
        import('../imports/run-import.ts'),
        import('../uploads/upload-proxy.ts'),
      ])
      const made = await runImport({
        session: opened,
        context,
        source,
        proposal,
        withoutMachine,
        proxy: () => findUploadProxy(opened, proxyOptions(input)),
      })
      tellNext(context, { made: made !== undefined, name, started: input.flag('start') })
    } finally {
      await source.close()
    }
  },
}

const discNote = 'An ISO is made into a disc, not into a VM: put it into the CD drive of one.'

function proxyOptions(input: Input): { url?: string; caFile?: string; insecure: boolean } {
  const url = input.text('uploadUrl')
  const caFile = input.text('uploadCa')
  return {
    insecure: input.flag('insecureUpload'),
    ...(url === undefined ? {} : { url }),
    ...(caFile === undefined ? {} : { caFile }),
  }
}

function chosenMachine<T extends { id: string; name: string }>(machines: readonly T[], input: Input): T {
  const wanted = input.text('machine')
  const names = machines.map(({ name }) => name).join(', ')
  const [first, second] =
    wanted === undefined ? machines : machines.filter(({ id, name }) => id === wanted || name === wanted)
  if (first === undefined)
    throw new CliError('NotFound', `the package has no machine "${wanted ?? ''}"; it has: ${names}`)
  if (second === undefined) return first
  throw new CliError('Usage', `the package has several machines: ${names}`, { remedy: 'Choose one with --machine.' })
}

function choicesOf(input: Input) {
  const cpus = input.integer('cpu', { min: 1, max: 1024 })
  const memory = input.text('memory')
  const storageClass = input.text('storageClass')
  const bus = busOf(input.text('bus'))
  const networks: Record<string, string> = {}
  let otherNetworks: string | undefined
  for (const text of input.texts('network')) {
    const equals = text.lastIndexOf('=')
    if (equals < 0) otherNetworks = text
    else networks[text.slice(0, equals)] = text.slice(equals + 1)
  }
  return {
    keepMacs: input.flag('keepMacs'),
    start: input.flag('start'),
    networks,
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memory }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(bus === undefined ? {} : { bus }),
    ...(otherNetworks === undefined ? {} : { otherNetworks }),
  }
}

function busOf(text: string | undefined): 'virtio' | 'sata' | 'scsi' | undefined {
  return text === 'virtio' || text === 'sata' || text === 'scsi' ? text : undefined
}

/** Names elsewhere have spaces, capitals and dots. */
export function validName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '')
  return plain === '' ? 'imported' : plain
}

function tellNext(
  { terminal, spell }: CommandContext,
  { made, name, started }: { made: boolean; name: string; started: boolean },
): void {
  if (!made) return
  const next = started ? `berth vm console ${name}` : `berth vm start ${name}`
  terminal.stderr.write(spell(`next: ${next}\nIts disks are its own: they stay when the VM is deleted.\n`))
}
