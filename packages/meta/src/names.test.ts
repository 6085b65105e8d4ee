import { describe, expect, it } from 'vitest'
import {
  generateNameProblems,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPathSegmentName,
  isQualifiedName,
} from './names.ts'

const long = 'a'.repeat(300)

describe.each([
  [
    'isDns1123Label',
    isDns1123Label,
    ['a', 'a-b', '1a', 'a'.repeat(63)],
    ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'a\n', long],
  ],
  ['isDns1123Subdomain', isDns1123Subdomain, ['a', 'a.b', 'a-b.c1'], ['', 'A.b', '.a', 'a.', 'a..b', 'a/b', long]],
  ['isDns1035Label', isDns1035Label, ['a', 'a1', 'a-1'], ['', '1a', 'a.b', 'a-', long]],
  ['isLabelValue', isLabelValue, ['', 'a', 'A_b.c-1'], ['-a', 'a-', 'a b', 'ä', long]],
  ['isPathSegmentName', isPathSegmentName, ['system:node', 'A B'], ['.', '..', 'a/b', 'a%b']],
  [
    'isQualifiedName',
    isQualifiedName,
    ['a', 'A.b_c', 'example.com/a', 'kubevirt.io/vm'],
    ['', '/', 'a/', '/a', 'Example.com/a', 'a/b/c', 'a b', `a/${long}`, `${long}/a`],
  ],
])('%s', (_, check, good, bad) => {
  it.each(good)('accepts %j', (value) => {
    expect(check(value)).toEqual([])
  })
  it.each(bad)('refuses %j', (value) => {
    expect(check(value)).not.toEqual([])
  })
})

describe('wording', () => {
  it.each([
    [
      isDns1123Label('A'),
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    [
      isDns1123Subdomain('A'),
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      isLabelValue('a b'),
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      isQualifiedName('a b'),
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ])('is that of Kubernetes', (problems, expected) => {
    expect(problems).toEqual([expected])
  })

  it('tells length apart from form', () => {
    expect(isDns1123Label('a'.repeat(64))).toEqual(['must be no more than 63 characters'])
    expect(isQualifiedName('/a')).toEqual(['prefix part must be non-empty'])
    expect(isQualifiedName('a/')[0]).toBe('name part must be non-empty')
  })
})

describe('generateName', () => {
  it('may end in a dash, a name may not', () => {
    expect(generateNameProblems('dns1123Subdomain', 'vm-')).toEqual([])
    expect(generateNameProblems('dns1123Subdomain', 'Vm-')).toHaveLength(1)
    expect(generateNameProblems('dns1123Subdomain', '-')).toHaveLength(1)
  })
})
