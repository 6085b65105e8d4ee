/** Assembles the command table into a parser, runs the chosen command, and turns whatever happens into an exit code. */

import { Command, Option, type CommanderError } from 'commander'
import type { ArgumentSpec, CommandSpec } from './command.ts'
import type { CommandContext } from './context.ts'
import { CliError, exitOfCli, renderFailure, type ExitCode } from './failure.ts'
import { Input, type OptionValue } from './input.ts'
import { speller } from './suggestion.ts'
import { commandTakes, nextOfUsage, type ProgramTable } from './usage.ts'
import { printable } from './terminal.ts'

/** The parser's refusal, with the command it is about. */
class WrongUsage extends Error {
  readonly refusal: CommanderError
  readonly words: readonly string[]

  constructor(refusal: CommanderError, words: readonly string[]) {
    super(refusal.message)
    this.refusal = refusal
    this.words = words
  }
}

/** @param argv the words after `berth` */
export async function runProgram(
  table: ProgramTable,
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { stderr } = context.terminal
  let { spell } = context
  const run: Run = (spec, input) => {
    spell = speller(context.program, input, (words, flag) => commandTakes(table, words, flag))
    return spec.run(input, { ...context, spell })
  }
  try {
    await buildProgram(table, { context, run }).parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof WrongUsage) return parserExit(error, table, context)
    if (context.signal.aborted) {
      stderr.write(spell(interruptedWords(error)))
      return 130
    }
    const { failureOf } = await import('./failure-of.ts')
    const failure = failureOf(error)
    stderr.write(spell(renderFailure(failure)))
    return failure.exitCode
  }
}

/** Some of what is interrupted goes on all the same; who began it says so. */
function interruptedWords(error: unknown): string {
  const said = error instanceof CliError && error.code === 'Interrupted' ? error : undefined
  if (said?.remedy === undefined) return 'interrupted\n'
  return `interrupted: ${printable(said.message)}\nnext: ${printable(said.remedy)}\n`
}

type Run = (spec: CommandSpec, input: Input) => Promise<void>

function buildProgram(table: ProgramTable, { context, run }: { context: CommandContext; run: Run }): Command {
  const root = configured(new Command(context.program), context)
    .description('Virtual machines beside containers: one API for one box or a fleet.')
    .addHelpText(
      'after',
      context.spell(
        '\nFirst steps: `berth up` runs the engine and a first VM, `berth vm list` shows it, `berth doctor` checks the host.',
      ),
    )
  const groups = new Map<string, Command>()
  for (const { name, summary } of table.groups)
    groups.set(name, configured(root.command(name), context).description(summary))
  for (const spec of table.commands) {
    const words = spec.name.split(' ')
    const parent = words.length > 1 ? groups.get(words[0] ?? '') : root
    if (parent === undefined) throw new Error(`command "${spec.name}" is in no group`)
    addCommand(parent, spec, { context, run })
  }
  return root
}

function addCommand(parent: Command, spec: CommandSpec, { context, run }: { context: CommandContext; run: Run }): void {
  const name = spec.name.split(' ').at(-1) ?? ''
  const command = configured(parent.command(name, { hidden: spec.hidden === true }), context)
  command
    .summary(spec.summary)
    .description(
      context.spell(spec.description === undefined ? spec.summary : `${spec.summary}\n\n${spec.description}`),
    )
  for (const argument of spec.args ?? []) command.argument(argumentSyntax(argument), argument.summary)
  for (const option of spec.options ?? []) {
    const made = new Option(option.flags.replace(/ ([A-Z][A-Z|:=_]*)$/, ' <$1>'), option.summary)
    if (option.default !== undefined) made.default(option.default)
    if (option.choices !== undefined) made.choices([...option.choices])
    if (option.repeatable === true) {
      made.argParser<string[]>((value, previous) => [...(previous ?? []), value])
    }
    command.addOption(made)
  }
  if (spec.examples.length > 0) {
    command.addHelpText(
      'after',
      `\nExamples:\n${spec.examples.map((line) => `  ${exampleLine(line, context.program)}`).join('\n')}`,
    )
  }
  command.action(async () => {
    // What follows `--` and unknown words were refused or taken by the parser already.
    await run(spec, new Input(command.args, command.opts<Record<string, OptionValue>>()))
  })
}

function exampleLine(line: string, program: string): string {
  return line.includes('$(berth ') ? line.replaceAll('$(berth ', () => `$(${program} `) : `${program} ${line}`
}

function argumentSyntax({ name, optional, variadic }: ArgumentSpec): string {
  const inner = variadic === true ? `${name}...` : name
  return optional === true ? `[${inner}]` : `<${inner}>`
}

function configured(command: Command, { terminal }: CommandContext): Command {
  return command
    .exitOverride((refusal) => {
      throw new WrongUsage(refusal, wordsOf(command))
    })
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      // Failures of the parser are printed by parserExit, in the one shape.
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(terminal.stdout.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.stderr.columns, 100),
    })
}

/** `vm`, `create`; nothing for the program itself. */
function wordsOf(command: Command): string[] {
  return command.parent === null ? [] : [...wordsOf(command.parent), command.name()]
}

function parserExit({ refusal, words }: WrongUsage, table: ProgramTable, context: CommandContext): ExitCode {
  if (refusal.exitCode === 0) return 0
  // `berth` and `berth vm` alone print their help on stderr: that is the answer already.
  if (refusal.code === 'commander.help') return 2
  const [message = '', suggestion] = refusal.message.replace(/^error: /, '').split('\n')
  const closest = /^\(Did you mean (.*)\?\)$/.exec(suggestion ?? '')?.[1]
  const next = nextOfUsage(table, { words, code: refusal.code, message, ...(closest === undefined ? {} : { closest }) })
  context.terminal.stderr.write(context.spell(renderFailure({ message, next })))
  return exitOfCli.Usage
}
