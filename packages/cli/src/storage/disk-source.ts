/** Where a new disk comes from, as the options of a command say it. */

import { persistentVolumeClaims, type Client } from '@berth/kube'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import type { DiskSource } from '@berth/view'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { getOrNothing } from '../machines/find.ts'
import { bytesIn } from './size.ts'
import { snapshotContents, snapshots, volumeSnapshots } from './kinds.ts'

/** @throws {CliError} Usage, NotFound */
export async function findSource(client: Client, input: Input, namespace: string): Promise<DiskSource> {
  const given = (['from', 'fromSnapshot', 'url'] as const).filter((option) => input.text(option) !== undefined)
  if (given.length > 1) throw new CliError('Usage', 'only one of --from, --from-snapshot and --url can be given')
  const [from, snapshot, url] = [input.text('from'), input.text('fromSnapshot'), input.text('url')]
  if (url === undefined) refuseWithoutUrl(input)
  if (from !== undefined) {
    const [first = '', second] = from.split('/')
    return second === undefined
      ? { kind: 'pvc', namespace, name: first }
      : { kind: 'pvc', namespace: first, name: second }
  }
  if (snapshot !== undefined) return { kind: 'snapshot', namespace, name: await volumeIn(client, snapshot, namespace) }
  return url === undefined ? { kind: 'blank' } : addressed(url, input)
}

function refuseWithoutUrl(input: Input): void {
  const idle = (['checksum', 'secret', 'certificates'] as const).find((option) => input.text(option) !== undefined)
  if (idle === undefined) return
  throw new CliError('Usage', `--${idle} is about what --url names, which is not given`, {
    remedy: 'Name the address with --url, or leave the option out.',
  })
}

function addressed(url: string, input: Input): DiskSource {
  const scheme = /^([a-z0-9+-]+):\/\//i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined || !['http', 'https', 's3', 'docker'].includes(scheme)) {
    throw new CliError('Usage', `--url: "${url}" does not say how it is fetched`, {
      remedy:
        'Write https://HOST/FILE, s3://BUCKET/FILE or docker://IMAGE. A file of this computer: `berth disk upload FILE NAME`.',
    })
  }
  const [checksum, secret, certificates] = [input.text('checksum'), input.text('secret'), input.text('certificates')]
  const access = {
    ...(secret === undefined ? {} : { secret }),
    ...(certificates === undefined ? {} : { certificates }),
  }
  if (scheme === 'http' || scheme === 'https') {
    return { kind: 'http', url, ...access, ...(checksum === undefined ? {} : { checksum }) }
  }
  if (checksum !== undefined) {
    throw new CliError('Usage', `--checksum is for https:// and http:// addresses, not for ${scheme}://`, {
      remedy: scheme === 'docker' ? 'Name an image by its digest: docker://HOST/IMAGE@sha256:….' : 'Leave it out.',
    })
  }
  return scheme === 's3' ? { kind: 's3', url, ...access } : { kind: 'registry', url, ...access }
}

/** @returns the name of a VolumeSnapshot. @throws {CliError} NotFound, Usage where a disk of several has to be named */
async function volumeIn(client: Client, given: string, namespace: string): Promise<string> {
  const [name = '', disk] = given.split('/')
  if (disk === undefined && (await getOrNothing(client, volumeSnapshots, { namespace, name })) !== undefined)
    return name
  const taken = await getOrNothing(client, snapshots, { namespace, name })
  if (taken === undefined) {
    throw new CliError('NotFound', `there is no snapshot "${name}" in namespace "${namespace}"`, {
      remedy: 'See what there is with `berth snapshot list -A`.',
    })
  }
  const content = await getOrNothing(client, snapshotContents, {
    namespace,
    name: taken.status?.virtualMachineSnapshotContentName ?? '',
  })
  const disks = (content?.spec?.volumeBackups ?? []).filter(({ volumeSnapshotName = '' }) => volumeSnapshotName !== '')
  const [only, ...more] = disk === undefined ? disks : disks.filter(({ volumeName }) => volumeName === disk)
  if (only?.volumeSnapshotName !== undefined && more.length === 0) return only.volumeSnapshotName
  const names = disks.map(({ volumeName }) => volumeName ?? '')
  if (names.length === 0) throw new CliError('Refused', `snapshot "${name}" has no disk, or is not ready yet`)
  throw new CliError('Usage', `say which disk of snapshot "${name}" is meant`, {
    remedy: `Like --from-snapshot ${name}/${names[0] ?? ''}; it has ${names.join(', ')}.`,
  })
}

/** A copy is as large as what it is made from. @throws {CliError} Usage where nobody knows */
export async function sizeOfSource(client: Client, source: DiskSource): Promise<string> {
  if (source.kind === 'pvc') {
    const claim = await getOrNothing(client, persistentVolumeClaims, { namespace: source.namespace, name: source.name })
    const size = claim?.status?.capacity?.['storage'] ?? claim?.spec.resources?.requests?.['storage']
    if (size !== undefined) return size
    throw new CliError('NotFound', `there is no disk "${source.name}" in namespace "${source.namespace}"`, {
      remedy: 'See what there is with `berth disk list -A`.',
    })
  }
  if (source.kind === 'snapshot') {
    const { namespace, name } = source
    const size = bytesIn((await getOrNothing(client, volumeSnapshots, { namespace, name }))?.status?.restoreSize)
    if (size !== undefined) return formatQuantity(quantityFromBytes(size))
  }
  throw new CliError('Usage', '--size is needed', {
    remedy:
      source.kind === 'blank'
        ? 'Say it like --size 20Gi.'
        : 'Say it like --size 20Gi: at least what the image there says of itself; a larger disk has room left at its end.',
  })
}
