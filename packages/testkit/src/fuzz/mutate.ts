/** Spoils JSON values and bytes. */

import type { Json } from './json.ts'
import type { Random } from './random.ts'

const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '..',
  '../../../etc/passwd',
  '%2e%2e',
  '__proto__',
  'constructor',
  'toString',
  'a'.repeat(70_000),
  'é'.repeat(300),
  '\uD800',
  '\u202Ea',
  '9223372036854775808',
  '1e400',
  '-1',
  '1Ki',
  '0.0000000001n',
  '999999999999999999999Ei',
  'NaN',
  '2024-02-30T25:61:61Z',
  '9999-12-31T23:59:59.999999999Z',
  '-000001-01-01T00:00:00Z',
  '{{.}}',
  '(a+)+$',
  '[',
  '(?<n>',
  '\\',
  '*',
  'true',
  'null',
  'self',
  'self.x.y.z == oldSelf',
  '[1,2,3].map(x, [1,2,3].map(y, x*y)).size() > 0',
  'self.all(x, self.all(y, self.all(z, x != z)))',
  '"a".matches("(a*)*$")',
  '1/0 == 1',
  'object.metadata.name.find("[")',
  'quantity("x").isGreaterThan(quantity("1"))',
  'dyn([]).foo',
  '('.repeat(500),
  '!'.repeat(5000) + 'true',
  '-----BEGIN CERTIFICATE REQUEST-----',
  'v1',
  'fuzz.example/v1',
  'a.b.c/d',
  '/',
  'a'.repeat(253),
  'UPPER',
  'system:masters',
  '.spec.a',
  '$..*',
  '{.items[?(@.a=="b")]}',
]

const hostileValues: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -0,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  [],
  {},
  [null],
  [[]],
  { '': null },
  [{}, {}],
  { a: { a: { a: { a: {} } } } },
]

/** Members that mean something somewhere, so that they are tried everywhere. */
const hostileMembers: readonly string[] = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '$ref',
  'apiVersion',
  'kind',
  'metadata',
  'items',
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'creationTimestamp',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'labels',
  'annotations',
  'spec',
  'status',
  'x-kubernetes-validations',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'additionalProperties',
  'items',
  'allOf',
  'not',
  'enum',
  'default',
  'pattern',
  'nullable',
  '$patch',
  '$retainKeys',
  '$setElementOrder/ports',
  '$deleteFromPrimitiveList/finalizers',
  'f:metadata',
]

/** A spoilt copy: between one and a few changes at random places. */
export function mutateJson(value: Json, random: Random): Json {
  let result = structuredClone(value)
  const changes = 1 + random.below(3)
  for (let change = 0; change < changes; change += 1) result = mutateSomewhere(result, random)
  return result
}

function mutateSomewhere(value: Json, random: Random): Json {
  if (value !== null && typeof value === 'object' && random.next() < 0.85) {
    const names = Object.keys(value)
    if (names.length > 0 && random.next() < 0.85) {
      const name = random.pick(names)
      if (Array.isArray(value)) {
        const index = Number(name)
        const dice = random.next()
        if (dice < 0.1) value.splice(index, 1)
        else if (dice < 0.2) value.push(structuredClone(value[index] ?? null))
        else value[index] = mutateSomewhere(value[index] ?? null, random)
        return value
      }
      if (random.next() < 0.12) delete value[name]
      else setOwn(value, name, mutateSomewhere(value[name] ?? null, random))
      return value
    }
    if (Array.isArray(value)) value.push(hostileValue(random))
    else setOwn(value, random.pick(hostileMembers), hostileValue(random))
    return value
  }
  return hostileValue(random)
}

/** `__proto__` becomes a member, as it does when JSON is parsed. */
function setOwn(target: { [name: string]: Json }, name: string, value: Json): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

export function hostileValue(random: Random): Json {
  const dice = random.next()
  if (dice < 0.5) return random.pick(hostileTexts)
  if (dice < 0.95) return structuredClone(random.pick(hostileValues))
  let deep: Json = {}
  const depth = 10 + random.below(300)
  for (let level = 0; level < depth; level += 1) deep = random.next() < 0.5 ? [deep] : { a: deep }
  return deep
}

export function hostileText(random: Random): string {
  return random.pick(hostileTexts)
}

/** Flips, drops, doubles or inserts a few bytes. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes)
  const changes = 1 + random.below(4)
  for (let change = 0; change < changes; change += 1) {
    const at = random.below(result.length + 1)
    const dice = random.next()
    if (dice < 0.4 && at < result.length) result[at] = random.below(256)
    else if (dice < 0.6) result = result.subarray(0, at)
    else {
      const length = random.below(12)
      const inserted =
        dice < 0.8 ? Buffer.from(Array.from({ length }, () => random.below(256))) : result.subarray(at, at + length)
      result = Buffer.concat([result.subarray(0, at), inserted, result.subarray(at)])
    }
  }
  return result
}
