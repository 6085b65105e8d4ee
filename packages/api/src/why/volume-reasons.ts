/** Why disks are not there: from the volume over its DataVolume, claim and class to the image. */

import { getCondition } from '@berth/meta'
import type { DataVolume } from '../types/data-volume.ts'
import type { Volume } from '../types/volume.ts'
import { claimNameOf } from '../volumes.ts'
import type { ClaimFact, WhyFacts } from './facts.ts'
import { finding, refTo, type Finding } from './finding.ts'

/** One chain for each volume that keeps the machine from starting. */
export function volumeReasons(facts: WhyFacts): Finding[] {
  const { machine } = facts
  const volumes = machine.spec.template.spec.volumes ?? []
  const chains = volumes.flatMap((volume) => {
    const behind = behindVolume(volume, facts)
    if (behind === undefined) return []
    return [
      finding({ kind: 'Volume', name: volume.name }, `The disk of volume "${volume.name}" is not ready.`, {
        because: [behind],
      }),
    ]
  })
  const namespace = machine.metadata.namespace ?? ''
  const missing = facts.missingInputs.map(({ kind, name }) =>
    finding({ kind, namespace, name }, `A disk is made of ${kind} "${name}", which is not there.`, {
      remedy: `Create it in namespace "${namespace}"; the VM starts by itself then.`,
    }),
  )
  return [...chains, ...missing]
}

function behindVolume(volume: Volume, facts: WhyFacts): Finding | undefined {
  const name = claimNameOf(volume)
  if (name === undefined) return undefined
  const dataVolume = facts.dataVolumes.find(({ metadata }) => metadata.name === name)
  if (dataVolume !== undefined && dataVolume.status?.phase !== 'Succeeded') return behindDataVolume(dataVolume, facts)
  const claim = facts.claims.find(({ metadata }) => metadata.name === name)
  if (claim?.status?.phase === 'Bound') return undefined
  const namespace = facts.machine.metadata.namespace ?? ''
  // What could not be read may well be there.
  if (claim === undefined && facts.unread.some(({ what }) => what === `PersistentVolumeClaim "${name}"`))
    return undefined
  if (claim !== undefined) return behindClaim(claim, facts)
  const kind = volume.dataVolume === undefined ? 'PersistentVolumeClaim' : 'DataVolume'
  return finding({ kind, namespace, name }, `There is no ${kind} "${name}" in namespace "${namespace}".`, {
    remedy: `Create it, or correct the name in volume "${volume.name}" of the VM.`,
  })
}

function behindDataVolume(dataVolume: DataVolume, facts: WhyFacts): Finding {
  const about = refTo(dataVolume, 'DataVolume')
  const { phase = 'Pending', progress } = dataVolume.status ?? {}
  const trouble = getCondition(dataVolume.status?.conditions, 'Running')
  const image = missingImage(dataVolume, facts)
  if (image !== undefined) return finding(about, 'It has nothing to be filled from.', { because: [image] })
  const failing = trouble?.status === 'False' && trouble.reason === 'Error' ? trouble.message : undefined
  if (failing !== undefined && failing !== '') {
    const { url } = dataVolume.spec.source?.http ?? {}
    return finding(about, `Filling it fails: ${failing}`, {
      remedy:
        url === undefined
          ? 'Correct its source; a new attempt is made by itself.'
          : `See that ${url} can be reached from the host and is what it should be; a new attempt is made by itself.`,
    })
  }
  const claim = facts.claims.find(({ metadata }) => metadata.name === dataVolume.metadata.name)
  if (phase === 'Pending' && claim !== undefined && claim.status?.phase !== 'Bound') {
    const behind = behindClaim(claim, facts)
    if (behind.because.length > 0) return finding(about, 'It waits for its claim.', { because: [behind] })
  }
  const done = progress === undefined || progress === 'N/A' ? '' : ` (${progress} done)`
  return finding(about, `It is being filled: ${phase}${done}. The VM starts when it is whole.`)
}

/** A published image that is named and not there. */
function missingImage({ metadata, spec }: DataVolume, { sources, machine }: WhyFacts): Finding | undefined {
  const { sourceRef } = spec
  const templated = machine.spec.dataVolumeTemplates?.some((template) => template.metadata.name === metadata.name)
  if (sourceRef?.kind !== 'DataSource' || templated !== true) return undefined
  const namespace = sourceRef.namespace ?? metadata.namespace ?? ''
  if (sources.has(`${namespace}/${sourceRef.name}`)) return undefined
  return finding(
    { kind: 'DataSource', namespace, name: sourceRef.name },
    `There is no image "${sourceRef.name}" in namespace "${namespace}".`,
    { remedy: 'See which there are with `berth image list`, build it with `berth image build`, or correct the name.' },
  )
}

function behindClaim(claim: ClaimFact, { classes, events }: WhyFacts): Finding {
  const about = refTo(claim, 'PersistentVolumeClaim')
  const wanted = claim.spec.storageClassName
  const said = events
    .filter(({ involvedObject: { kind, name }, type }) => {
      return kind === 'PersistentVolumeClaim' && name === claim.metadata.name && type === 'Warning'
    })
    .at(-1)?.message
  const waiting = `The claim is ${claim.status?.phase ?? 'Pending'}${said === undefined ? '' : `: ${said}`}.`.replace(
    '..',
    '.',
  )
  if (wanted === '' || wanted === undefined) {
    return finding(about, `${waiting} It names no storage class.`, {
      remedy: 'Mark a class as the default one, or name one in a new claim (`kubectl get storageclass`).',
    })
  }
  const found = classes.find(({ metadata }) => metadata.name === wanted)
  if (found === undefined && classes.length > 0) {
    const known = classes.map(({ metadata }) => metadata.name).join(', ')
    return finding(about, waiting, {
      because: [
        finding({ kind: 'StorageClass', name: wanted }, `There is no storage class "${wanted}"; there are ${known}.`, {
          remedy: `Create the class, or make the claim again with one of: ${known}.`,
        }),
      ],
    })
  }
  if (found?.volumeBindingMode === 'WaitForFirstConsumer') {
    return finding(about, `${waiting} Its class waits until a machine is placed on a node.`)
  }
  return finding(about, waiting, {
    remedy: `See what the provisioner says: \`kubectl describe pvc ${claim.metadata.name ?? ''} -n ${claim.metadata.namespace ?? ''}\`.`,
  })
}
