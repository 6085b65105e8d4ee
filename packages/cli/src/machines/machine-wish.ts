/** The options of `vm create`, checked against each other. */

import type { Matcher } from '@berth/api'
import type { MachineWish } from '@berth/view'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { builtInImage, defaultUserIn, imageSource } from './image-source.ts'
import { loginOf } from './login.ts'

/** @throws {CliError} Usage when options do not go together */
export async function wishOf(input: Input, context: CommandContext): Promise<Omit<MachineWish, 'namespace'>> {
  const source = imageSource(input.text('image') ?? builtInImage)
  if (source.kind === 'builtIn') refuseFor(input, builtInRefusals)
  if (source.kind === 'container') refuseFor(input, containerRefusals)
  const instancetype = matcherOf(input, 'instancetype')
  if (instancetype !== undefined) refuseFor(input, instancetypeRefusals)
  const preference = matcherOf(input, 'preference')
  const login = source.kind === 'builtIn' ? undefined : await loginOf(input, context)
  const loginUser = input.text('user') ?? (login === undefined ? undefined : await defaultUserIn(source))
  const diskSize = input.text('disk')
  return {
    name: input.arg(0),
    source,
    ...(instancetype === undefined ? sizeOf(input, source.kind === 'builtIn') : { instancetype }),
    ...(preference === undefined ? {} : { preference }),
    boot: input.flag('secureBoot') ? 'secure' : input.flag('uefi') ? 'uefi' : 'bios',
    tpm: input.flag('tpm'),
    start: input.flag('start'),
    ...(diskSize === undefined ? {} : { diskSize }),
    ...(login === undefined ? {} : { userData: login }),
    ...(loginUser === undefined ? {} : { loginUser }),
  }
}

function sizeOf(input: Input, builtIn: boolean): { cpus: number; memory: string } {
  return {
    cpus: input.integer('cpu', { min: 1, max: 1024 }) ?? 1,
    memory: input.text('memory') ?? (builtIn ? '256Mi' : '1Gi'),
  }
}

/** `NAME` of the cluster, or `KIND/NAME` as KubeVirt's own command takes it. */
function matcherOf(input: Input, option: 'instancetype' | 'preference'): Matcher | undefined {
  const text = input.text(option)
  if (text === undefined) return undefined
  const [first = '', second, ...more] = text.split('/')
  if (first === '' || second === '' || more.length > 0) {
    throw new CliError('Usage', `--${option}: "${text}" is neither NAME nor KIND/NAME`)
  }
  return second === undefined ? { name: first } : { kind: first, name: second }
}

interface Refusals {
  /** Camel-case names of options that make no sense here. */
  options: readonly string[]
  /** Follows the option's name. */
  because: string
  remedy: string
}

const builtInRefusals: readonly Refusals[] = [
  {
    options: ['sshKey', 'user', 'password', 'cloudInit'],
    because: `is not for the built-in guest ${builtInImage}: it has no cloud-init, so nobody can log in to it`,
    remedy: 'Name another image with --image.',
  },
  {
    options: ['uefi', 'secureBoot'],
    because: `is not for the built-in guest ${builtInImage}: its kernel is started without firmware`,
    remedy: 'Name another image with --image.',
  },
]

const containerRefusals: readonly Refusals[] = [
  {
    options: ['disk'],
    because: 'is not for a container disk, which has the size its image has',
    remedy: 'Leave --disk out, or import the image into a disk of its own from an http(s) URL.',
  },
]

const instancetypeRefusals: readonly Refusals[] = [
  {
    options: ['cpu', 'memory'],
    because: 'does not go with --instancetype, which says how much there is',
    remedy: 'Leave one of the two out.',
  },
]

function refuseFor(input: Input, refusals: readonly Refusals[]): void {
  for (const { options, because, remedy } of refusals) {
    const given = options.find((name) => input.text(name) !== undefined || input.flag(name))
    if (given === undefined) continue
    const flag = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new CliError('Usage', `--${flag} ${because}`, { remedy })
  }
}
