/** The second phase: a machine boots the disk, does what was asked for, takes out what identifies it, and switches itself off. */

import { virtualMachineInstances, type ImageBuildStatus, type VirtualMachineInstance } from '@berth/api'
import { configMaps, secrets, type Client } from '@berth/kube'
import { getCondition, StatusError, unlessMissing, type KubeObject } from '@berth/meta'
import { builderMachine, logName, ownMeta, scriptSecret, tokenKey, workName } from './builder.ts'
import { consoleLog } from './console-log.ts'
import { resolveContent } from './content.ts'
import { isToken, readableLog, readMarkers } from './markers.ts'
import { stepsOf, userData } from './script.ts'
import { failed, waiting, type Build, type BuildWorld, type StepResult } from './world.ts'

const stopped = 'the machine has stopped; its log is read'

export async function customise(world: BuildWorld, build: Build): Promise<StepResult> {
  const { client } = world
  const namespace = build.metadata.namespace ?? ''
  const name = workName(build)
  const token = await ensureScript(world, build)
  if (typeof token !== 'string') return token
  const machine =
    (await unlessMissing(client.get(virtualMachineInstances, { namespace, name }))) ??
    (await startMachine(client, build))
  if (!('metadata' in machine)) return machine
  if (!isOf(machine, build)) {
    return failed(
      `there is a machine "${name}" already that is not of this build; delete it or name the build differently`,
    )
  }
  const log = (await consoleLog(client, machine)) ?? ''
  const { step, outcome } = readMarkers(log, token)
  const kept = await keepLog(client, build, readableLog(log, token))
  const status: Partial<ImageBuildStatus> = {
    logConfigMap: kept,
    ...(step === undefined ? {} : { step, progress: shareOf(step) }),
  }
  if (outcome?.kind === 'failed') {
    const which = outcome.step.replace(/^\d+\/\d+ /, '')
    return failed(`"${which}" failed with exit code ${outcome.exitCode}: see the end of the log in ConfigMap "${kept}"`)
  }
  const phase = machine.status?.phase
  if (phase === 'Succeeded' || phase === 'Failed') {
    if (outcome?.kind === 'done')
      return { kind: 'next', status: { ...status, message: 'the image is set up', progress: '100%' } }
    // The log comes by another way than the phase, and may come later.
    if (build.status.message !== stopped) return waiting({ ...status, message: stopped })
    const said = step === undefined ? 'before it began with the work' : `during "${step}"`
    return failed(`the machine that sets up the image stopped ${said}: see the log in ConfigMap "${kept}"`)
  }
  return waiting({ ...status, message: messageOf(machine, step) })
}

/** @returns the word that marks lines of the log */
async function ensureScript(world: BuildWorld, build: Build): Promise<string | StepResult> {
  const { client } = world
  const namespace = build.metadata.namespace ?? ''
  const there = await unlessMissing(client.get(secrets, { namespace, name: workName(build) }))
  if (there !== undefined) {
    const token = Buffer.from(there.data?.[tokenKey] ?? '', 'base64').toString()
    // Whoever may write secrets here may have changed it: a word of theirs would become part of a pattern.
    if (isOf(there, build) && isToken(token)) return token
    return failed(
      `there is a Secret "${workName(build)}" already that is not of this build, or was changed; delete it or name the build differently`,
    )
  }
  const content = await resolveContent(client, build)
  if (typeof content === 'string') return failed(content)
  const made = world.newToken()
  await client.create(
    secrets,
    scriptSecret(build, { token: made, script: userData(made, stepsOf(build.spec, content)) }),
  )
  return made
}

async function startMachine(client: Client, build: Build): Promise<VirtualMachineInstance | StepResult> {
  try {
    return await client.create(virtualMachineInstances, builderMachine(build))
  } catch (error) {
    // A quota, a policy: a person has to do something about it.
    if (error instanceof StatusError && error.httpCode >= 400 && error.httpCode < 500 && error.code !== 'Conflict') {
      if (error.code === 'AlreadyExists') return waiting({})
      return failed(`the machine that sets up the image was refused: ${error.message}`)
    }
    throw error
  }
}

/** Kept where everybody who may read the build can read it, also when the machine is gone. */
async function keepLog(client: Client, build: Build, log: string): Promise<string> {
  const name = logName(build)
  const namespace = build.metadata.namespace ?? ''
  const there = await unlessMissing(client.get(configMaps, { namespace, name }))
  if (there === undefined) {
    await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ownMeta(build, name),
      data: { log },
    })
  } else if (!isOf(there, build)) {
    // Somebody else's of this name, which is theirs to write.
    return name
  } else if (log.length > 0 && there.data?.['log'] !== log) {
    await client.patch(configMaps, { namespace, name }, { type: 'merge', patch: { data: { log } } })
  }
  return name
}

function isOf({ metadata }: KubeObject, build: Build): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === build.metadata.uid) === true
}

function messageOf({ status }: VirtualMachineInstance, step: string | undefined): string {
  if (step !== undefined) return step.replace(/^\d+\/\d+ /, '')
  const scheduled = getCondition(status?.conditions, 'PodScheduled')
  if (scheduled?.status === 'False') return `the machine finds no place: ${scheduled.message ?? 'see its events'}`
  return status?.phase === 'Running' ? 'the machine is booting' : 'the machine is being started'
}

function shareOf(step: string): string {
  const [, done = '0', all = '1'] = /^(\d+)\/(\d+)/.exec(step) ?? []
  return `${Math.floor(((Number(done) - 1) / Number(all)) * 100)}%`
}
