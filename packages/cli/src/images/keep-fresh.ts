/** `berth image keep-fresh|schedules|unschedule`: images that are imported anew when their source has changed (CDI's DataImportCron). */

import { dataImportCrons, dataSources, dataVolumes } from '@berth/api'
import { unlessMissing } from '@berth/meta'
import { freshRow, newFresh, type FreshRow, type FreshWish } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { ageOf } from '../machines/columns.ts'
import { confirm } from '../output/ask.ts'
import { outputOf, printObjects } from '../output/print-objects.ts'
import { getOrNothing } from '../machines/find.ts'
import { sizeOfSource } from '../storage/disk-source.ts'
import { checkClass } from '../storage/check-class.ts'
import { listIfShown } from '../storage/kinds.ts'

export async function keepFresh(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const image = input.arg(0)
  const source = sourceOf(input, namespace)
  const size = input.text('size') ?? (await sizeOfSource(client, source))
  const className = input.text('class')
  await checkClass(client, { class: className, bytes: 0 })
  const taken = await getOrNothing(client, dataSources, { namespace, name: image })
  if (taken !== undefined) {
    throw new CliError('Refused', `there is an image "${image}" in namespace "${namespace}" already`, {
      remedy: 'Choose another name, or see `berth image schedules` for what keeps that one.',
    })
  }
  const preference = input.text('preference')
  const made = await client.create(
    dataImportCrons,
    newFresh({
      namespace,
      name: image,
      image,
      schedule: input.text('schedule') ?? '',
      keep: input.integer('keep', { min: 1, max: 100 }) ?? 3,
      size,
      source,
      takesAlong: input.flag('deleteImports'),
      ...(className === undefined ? {} : { class: className }),
      ...(preference === undefined ? {} : { preference }),
    }),
  )
  const when = made.spec.schedule === '' ? 'once' : `now and at ${made.spec.schedule} (UTC)`
  context.terminal.stdout.write(`Image "${image}" is kept fresh: looked for ${when}\n`)
  context.terminal.stderr.write(context.spell(`next: berth image schedules -n ${namespace}\n`))
}

/** @throws {CliError} Usage */
function sourceOf(input: Input, namespace: string): FreshWish['source'] {
  const [url, from] = [input.text('url'), input.text('from')]
  if ((url === undefined) === (from === undefined)) {
    throw new CliError('Usage', 'say where it comes from: --url docker://IMAGE or --from DISK', {
      remedy:
        'Other addresses have nothing that tells whether they have changed: import them with `berth image create`.',
    })
  }
  if (url !== undefined) {
    if (/^(?!docker:\/\/)[a-z0-9+-]+:\/\//.test(url)) {
      throw new CliError('Usage', `--url: "${url}" is not of a registry`, {
        remedy: 'Write it like docker://quay.io/containerdisks/fedora:41.',
      })
    }
    const [secret, certificates] = [input.text('secret'), input.text('certificates')]
    return {
      kind: 'registry',
      url,
      ...(secret === undefined ? {} : { secret }),
      ...(certificates === undefined ? {} : { certificates }),
    }
  }
  const [first = '', second] = (from ?? '').split('/')
  return second === undefined
    ? { kind: 'pvc', namespace, name: first }
    : { kind: 'pvc', namespace: first, name: second }
}

export async function listSchedules(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const everywhere = input.flag('allNamespaces')
  const scope = everywhere ? {} : { namespace }
  const [{ items }, disks] = await Promise.all([
    client.list(dataImportCrons, scope),
    listIfShown(client, dataVolumes, scope),
  ])
  const rows = new Map(items.map((cron) => [cron, freshRow('', cron, disks)]))
  const nowMs = context.clock.now().getTime()
  const of =
    (tell: (row: FreshRow) => string | undefined) =>
    (cron: (typeof items)[number]): string | undefined => {
      const row = rows.get(cron)
      return row === undefined ? undefined : tell(row)
    }
  const ago = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : `${ageOf(new Date(ms).toISOString(), nowMs) ?? ''} ago`
  await printObjects(context, items, {
    format: outputOf(input),
    resource: dataImportCrons,
    columns: [
      ...(everywhere ? [{ heading: 'NAMESPACE', value: of((row) => row.namespace) }] : []),
      { heading: 'NAME', value: of((row) => row.name) },
      { heading: 'IMAGE', value: of((row) => row.image) },
      { heading: 'STATE', value: of(stateText) },
      { heading: 'FROM', value: of((row) => row.from) },
      { heading: 'WHEN', value: of(({ schedule }) => (schedule === '' ? 'never by itself' : `${schedule} (UTC)`)) },
      { heading: 'KEEPS', value: of(({ keep }) => String(keep)) },
      { heading: 'LOOKED', value: of(({ lastCheck }) => ago(lastCheck)) },
      { heading: 'IMPORTED', value: of(({ lastImport }) => ago(lastImport)) },
    ],
    whenEmpty: context.spell(
      `No images are kept fresh${everywhere ? '' : ` in namespace "${namespace}"`}. Begin with \`berth image keep-fresh NAME --url docker://IMAGE --size 10Gi\`.`,
    ),
  })
  if (outputOf(input) !== undefined) return
  for (const { name, reason } of rows.values()) {
    if (reason !== undefined) context.terminal.stderr.write(`${name}: ${reason}\n`)
  }
}

const stateTexts: Record<FreshRow['state'], string> = {
  fresh: 'Fresh',
  importing: 'Importing',
  waiting: 'Waiting',
  trouble: 'Trouble',
  deleting: 'Being deleted',
}

function stateText({ state, progress }: FreshRow): string {
  return progress === undefined ? stateTexts[state] : `${stateTexts[state]} ${Math.floor(progress * 100)}%`
}

export async function unschedule(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const target = { namespace, name: input.arg(0) }
  const cron = await unlessMissing(client.get(dataImportCrons, target))
  if (cron === undefined) {
    throw new CliError('NotFound', `nothing keeps an image "${target.name}" fresh in namespace "${namespace}"`, {
      remedy: 'See what there is with `berth image schedules -A`.',
    })
  }
  const { managedDataSource, retentionPolicy } = cron.spec
  await confirm(input, context, {
    lines: [
      retentionPolicy === 'None'
        ? `Image "${managedDataSource}" goes, and what was imported for it; disks made from it keep their data.`
        : `Image "${managedDataSource}" stays as it is now, and is not looked for any more.`,
    ],
    question: `End the schedule "${target.name}"?`,
  })
  await unlessMissing(client.delete(dataImportCrons, target))
  context.terminal.stdout.write(`Image "${managedDataSource}" is not kept fresh any more\n`)
}
