/** Carries a proposal out: disks first, the machine when they are all there. */

import { dataVolumes, virtualMachines, type DataVolume, type VirtualMachine } from '@berth/api'
import { unlessMissing } from '@berth/meta'
import type { OvfFile, OvfProposal } from '@berth/view'
import type { CommandContext, Session } from '../context.ts'
import { CliError } from '../failure.ts'
import { uploadDisk, type UploadWorld } from '../uploads/upload-disk.ts'
import type { UploadProxy } from '@berth/kube'
import type { ForeignPackage } from './read-package.ts'

export interface ImportRun {
  session: Session
  context: CommandContext
  proxy: () => Promise<UploadProxy>
  source: ForeignPackage
  proposal: OvfProposal
  /** The disks alone. */
  withoutMachine: boolean
}

/** @returns the machine, unless only disks were wanted */
export async function runImport(run: ImportRun): Promise<VirtualMachine | undefined> {
  const { session, context, proposal, withoutMachine } = run
  const { client } = session
  const { namespace = '', name = '' } = proposal.machine.metadata
  if (!withoutMachine) {
    if ((await unlessMissing(client.get(virtualMachines, { namespace, name }))) !== undefined) {
      throw new CliError('Refused', `there is a VM "${name}" already in namespace "${namespace}"`, {
        remedy: 'Choose another name: berth import FILE NAME',
      })
    }
    // What would be refused is better known before hours of uploading.
    await client.create(virtualMachines, proposal.machine, {
      dryRun: true,
      fieldValidation: 'Strict',
      fieldManager: 'berth',
    })
  }
  await fillDisks(run)
  if (withoutMachine) return undefined
  const made = await client.create(virtualMachines, proposal.machine, {
    fieldManager: 'berth',
    fieldValidation: 'Strict',
  })
  context.terminal.stdout.write(`VM "${name}" created in namespace "${namespace}"\n`)
  return made
}

async function fillDisks({ session, context, proxy, source, proposal }: ImportRun): Promise<void> {
  const { client } = session
  const filled = proposal.disks.filter(({ disk, cdRom }) => (disk ?? cdRom)?.file !== undefined)
  let world: UploadWorld | undefined
  let finished = 0
  try {
    for (const { dataVolume, disk, cdRom } of proposal.disks) {
      const file = (disk ?? cdRom)?.file
      if (file === undefined) await ensureBlank(session, dataVolume)
      else {
        world ??= { client, context, proxy: await proxy() }
        const label = `${file.name} (${finished + 1} of ${filled.length})`
        await uploadDisk(world, { dataVolume, label, ...(await contentOf(source, file, context)) })
        finished += 1
      }
    }
  } catch (error) {
    if (finished > 0) {
      context.progress.note(
        `${finished} of ${filled.length} disks are there: run the same command again to go on with the others, or delete them.`,
      )
    }
    throw error
  }
}

async function ensureBlank({ client }: Session, dataVolume: DataVolume): Promise<void> {
  const { namespace = '', name = '' } = dataVolume.metadata
  const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
  if (there === undefined) await client.create(dataVolumes, dataVolume)
  else if (there.spec.source?.blank === undefined) {
    throw new CliError('Refused', `DataVolume "${name}" is there already in namespace "${namespace}"`, {
      remedy: 'Choose another name for the VM, or delete it.',
    })
  }
}

async function contentOf(source: ForeignPackage, file: OvfFile, { signal }: CommandContext) {
  const { verifiedParts } = await import('@berth/imaging')
  const parts = await source.partsOf(file)
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    fingerprint: parts
      .map((part) => [part.file.name, part.name, part.size, part.file.modifiedMs].join(':'))
      .join(' ')
      .slice(0, 1024),
    content: () => verifiedParts(parts, (part, offset, length) => part.file.read(offset, length), signal),
  }
}
