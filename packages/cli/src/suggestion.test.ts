import { describe, expect, it } from 'vitest'
import { commandTable } from './commands/index.ts'
import { Input } from './input.ts'
import { programName, quoted, speller } from './suggestion.ts'
import { commandTakes } from './usage.ts'

describe('the program is called', () => {
  it.each([
    [{}, 'berth'],
    [{ BERTH_COMMAND: '' }, 'berth'],
    [{ BERTH_COMMAND: './berth' }, './berth'],
    [{ BERTH_COMMAND: '/opt/b/berth', PATH: '/usr/bin:/bin' }, '/opt/b/berth'],
    [{ BERTH_COMMAND: '/opt/b/berth', PATH: '/usr/bin:/opt/b' }, 'berth'],
    [{ BERTH_COMMAND: '/opt/my tools/berth' }, "'/opt/my tools/berth'"],
  ])('with %j: %s', (environment, name) => expect(programName(environment)).toBe(name))
})

describe('suggested commands', () => {
  const given = (options: Record<string, string>) =>
    speller('./berth', new Input([], options), (words, flag) => commandTakes(commandTable, words, flag))

  it.each([
    ['See `berth vm list -A`.', 'See `./berth vm list -A`.'],
    ['next: berth vm ssh a   (once it has booted)', 'next: ./berth vm ssh a   (once it has booted)'],
    ['  berth vm list\n  kubectl get vms\n', '  ./berth vm list\n  kubectl get vms\n'],
    ['See `berth --help`, or `--help`', 'See `./berth --help`, or `--help`'],
    ['VM says: berth guest ready', 'VM says: berth guest ready'],
    ['Berth is up.', 'Berth is up.'],
  ])('%j', (text, spelled) => expect(speller('./berth')(text)).toBe(spelled))

  it('go to the same data directory', () => {
    const spell = given({ dataDir: '/tmp/a b' })
    expect(spell('`berth up` or `berth vm list`')).toBe("`./berth up --data-dir '/tmp/a b'` or `./berth vm list`")
  })

  it('go to the same server and namespace', () => {
    const spell = given({ kubeconfig: '/k', context: 'c', namespace: 'n' })
    expect(spell('next: berth vm start a')).toBe('next: ./berth vm start a --kubeconfig /k --context c --namespace n')
    expect(spell('`berth vm list -A`, `berth up`')).toBe(
      '`./berth vm list -A --kubeconfig /k --context c`, `./berth up`',
    )
    expect(spell('next: berth disk attach data VM')).toBe(
      'next: ./berth disk attach data VM --kubeconfig /k --context c --namespace n',
    )
    expect(spell('`berth image list`, `berth image versions -n m`')).toBe(
      '`./berth image list`, `./berth image versions -n m --kubeconfig /k --context c`',
    )
  })
})

it.each([
  ['/a/b-c.d', '/a/b-c.d'],
  ["it's", "'it'\\''s'"],
  ['$x', "'$x'"],
  ['', "''"],
])('a shell takes %j as %s', (word, text) => expect(quoted(word)).toBe(text))
