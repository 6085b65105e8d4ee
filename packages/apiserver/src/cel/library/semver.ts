/** Kubernetes' semantic versions. */

import { opaqueType } from '../types.ts'
import { CelFailure, CelOpaque, type CelValue } from '../values.ts'
import { bool, instance, text } from './args.ts'
import { traversal } from './cost.ts'
import { overload, type Library } from './functions.ts'

/** Longer texts are no versions. */
const maxLength = 1024

class CelSemver extends CelOpaque {
  readonly type = opaqueType('kubernetes.Semver')
  readonly core: readonly [major: bigint, minor: bigint, patch: bigint]
  /** Identifiers of a pre-release; numbers as numbers. */
  readonly pre: readonly (string | bigint)[]

  constructor(core: CelSemver['core'], pre: CelSemver['pre']) {
    super()
    this.core = core
    this.pre = pre
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelSemver && compare(this, other) === 0
  }
}

const sign = (left: string | bigint, right: string | bigint): number => (left === right ? 0 : left < right ? -1 : 1)

function compareIdentifiers(left: string | bigint, right: string | bigint): number {
  // Numbers come before words.
  if (typeof left !== typeof right) return typeof left === 'bigint' ? -1 : 1
  return sign(left, right)
}

function compare(left: CelSemver, right: CelSemver): number {
  for (const [index, ours] of left.core.entries()) {
    const order = sign(ours, right.core[index] ?? 0n)
    if (order !== 0) return order
  }
  // A release comes after its pre-releases.
  if (left.pre.length === 0 || right.pre.length === 0) return Math.sign(right.pre.length - left.pre.length)
  for (const [index, ours] of left.pre.entries()) {
    const theirs = right.pre[index]
    if (theirs === undefined) return 1
    const order = compareIdentifiers(ours, theirs)
    if (order !== 0) return order
  }
  return left.pre.length < right.pre.length ? -1 : 0
}

const numeric = /^(?:0|[1-9]\d{0,18})$/

/** Drops a leading `v`, fills in minor and patch, and drops leading zeros. */
function normalised(of: string): string {
  const bare = of.replace(/^v/, '')
  const tail = bare.search(/[+-]/)
  const core = tail < 0 ? bare : bare.slice(0, tail)
  const numbers = core.split('.').map((part) => (part.length > 1 ? part.replace(/^0+(?=\d)/, '') : part))
  if (tail < 0) while (numbers.length < 3) numbers.push('0')
  return (
    numbers.slice(0, 3).join('.') +
    (numbers.length > 3 ? `.${numbers.slice(3).join('.')}` : '') +
    (tail < 0 ? '' : bare.slice(tail))
  )
}

function parse(of: string, normalise: boolean): CelSemver | CelFailure {
  if (of === '') return new CelFailure('Version string empty')
  const source = of.length > maxLength ? '' : normalise ? normalised(of) : of
  const build = source.indexOf('+')
  const version = build < 0 ? source : source.slice(0, build)
  const dash = version.indexOf('-')
  const core = (dash < 0 ? version : version.slice(0, dash)).split('.')
  if (core.length !== 3) return new CelFailure('No Major.Minor.Patch elements found')
  const names = ['Major', 'Minor', 'Patch']
  for (const [index, part] of core.entries()) {
    if (!/^\d+$/.test(part))
      return new CelFailure(
        `Invalid character(s) found in ${names[index]?.toLowerCase()} number ${JSON.stringify(part)}`,
      )
    if (!numeric.test(part))
      return new CelFailure(`${names[index]} number must not contain leading zeroes ${JSON.stringify(part)}`)
  }
  const pre: (string | bigint)[] = []
  for (const part of dash < 0 ? [] : version.slice(dash + 1).split('.')) {
    if (part === '') return new CelFailure('Prerelease is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return new CelFailure(`Invalid character(s) found in prerelease ${JSON.stringify(part)}`)
    if (/^\d+$/.test(part)) {
      if (!numeric.test(part))
        return new CelFailure(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`)
      pre.push(BigInt(part))
    } else pre.push(part)
  }
  for (const part of build < 0 ? [] : source.slice(build + 1).split('.')) {
    if (part === '') return new CelFailure('Build meta data is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return new CelFailure(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`)
  }
  const [major = 0n, minor = 0n, patch = 0n] = core.map(BigInt)
  return new CelSemver([major, minor, patch], pre)
}

const semver = (args: readonly CelValue[], index: number): CelSemver => instance(args, index, CelSemver)
const S = 'kubernetes.Semver'

export const semvers: Library = [
  overload(`semver(string): ${S}`, (a) => parse(text(a, 0), false), traversal()),
  overload(`semver(string, bool): ${S}`, (a) => parse(text(a, 0), bool(a, 1)), traversal()),
  overload('isSemver(string): bool', (a) => !(parse(text(a, 0), false) instanceof CelFailure), traversal()),
  overload('isSemver(string, bool): bool', (a) => !(parse(text(a, 0), bool(a, 1)) instanceof CelFailure), traversal()),
  overload(`(${S}).isGreaterThan(${S}): bool`, (a) => compare(semver(a, 0), semver(a, 1)) > 0),
  overload(`(${S}).isLessThan(${S}): bool`, (a) => compare(semver(a, 0), semver(a, 1)) < 0),
  overload(`(${S}).compareTo(${S}): int`, (a) => BigInt(compare(semver(a, 0), semver(a, 1)))),
  overload(`(${S}).major(): int`, (a) => semver(a, 0).core[0]),
  overload(`(${S}).minor(): int`, (a) => semver(a, 0).core[1]),
  overload(`(${S}).patch(): int`, (a) => semver(a, 0).core[2]),
]
