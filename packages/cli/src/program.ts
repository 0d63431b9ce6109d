import { Command, CommanderError, Option } from 'commander'
import { CommandError } from './command-error.ts'
import { COMMAND_MODULES } from './command-modules.ts'
import { COMMANDS, FAMILIES, optionsOf, PROGRAM } from './command-table.ts'
import { type Environment, widthOf } from './environment.ts'
import type { ExitName } from './exits.ts'
import { describeFailure, failureLines } from './failure.ts'
import { guardedRun } from './guarded-run.ts'
import { commandHelp, familyHelp, programHelp } from './guide/help.ts'
import { optionUsage } from './guide/option-words.ts'
import { Interruption } from './interruption.ts'
import type { Invocation } from './invocation.ts'
import { styleFor } from './style.ts'
import type { CommandSpec } from './table/command-spec.ts'
import { GivenValues } from './table/given-values.ts'
import { VERSION } from './version.ts'

type Finish = (exit: ExitName) => void

/** The parser throws after it has shown help or version. */
const SHOWN: ReadonlySet<string> = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version'])

/** Runs the command in `words`. Never rejects. Returns the exit status. */
export function runProgram(environment: Environment, words: readonly string[]): Promise<number> {
  const interruption = new Interruption()
  return guardedRun(environment, interruption, commandWords(words), async () => {
    let exit: ExitName = 'ok'
    const program = buildProgram(environment, interruption, (name) => {
      exit = name
    })
    try {
      await program.parseAsync(withoutSqlOptions(words), { from: 'user' })
      return exit
    } catch (error) {
      return reportFailure(error, environment, interruption, words)
    }
  })
}

/** Moves a statement that starts with a comment, and so looks like an option, behind `--`. */
function withoutSqlOptions(words: readonly string[]): string[] {
  const isStatement = (word: string) => /^--\s/.test(word)
  if (words.includes('--') || !words.some(isStatement)) return [...words]
  return [...words.filter((word) => !isStatement(word)), '--', ...words.filter(isStatement)]
}

/** Collects the parser's output, so that wrong input gets one line. */
function buildProgram(environment: Environment, interruption: Interruption, finish: Finish): Command {
  const { stdout, env } = environment
  const style = styleFor(stdout, env)
  const width = () => widthOf(stdout, env)
  const writeHelp = (text: string) => void stdout.write(text)
  const program = new Command(PROGRAM.name)
    .version(VERSION, '-V, --version')
    .option('--no-color')
    .helpCommand(false)
    .enablePositionalOptions()
  prepare(program, writeHelp, () => programHelp(width(), style))
  prepare(program.command('help').argument('[command...]'), writeHelp, () => programHelp(width(), style)).action(
    (words: string[]) => {
      helpPlace(program, words).outputHelp()
    },
  )
  for (const family of FAMILIES) {
    prepare(program.command(family.name), writeHelp, () => familyHelp(family, width(), style))
  }
  for (const spec of COMMANDS) {
    const command = placeOf(program, spec.name)
    prepare(command, writeHelp, () => commandHelp(spec, width(), style))
    addParameters(command, spec)
    command.action(async (...parsed: unknown[]) => {
      const noColor = program.opts().color === false || command.opts().color === false
      finish(await runCommand(spec, command, parsed, { environment, interruption, noColor }))
    })
  }
  return program
}

function prepare(command: Command, writeHelp: (text: string) => void, help: () => string): Command {
  return command
    .exitOverride()
    .enablePositionalOptions()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: writeHelp, writeOut: writeHelp, outputError: () => undefined })
    .configureHelp({ formatHelp: help })
}

/** Creates the command for these words, under its parent command. */
function placeOf(program: Command, name: string): Command {
  const words = name.split(' ')
  const last = words.pop()!
  const parent = words.reduce((command, word) => command.commands.find((it) => it.name() === word)!, program)
  return parent.command(last)
}

/** @throws CommandError when there is no such command */
function helpPlace(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => {
    const next = command.commands.find((it) => it.name() === word)
    if (!next)
      throw new CommandError(`there is no command ${JSON.stringify(words.join(' '))}; \`e6data --help\` shows them`)
    return next
  }, program)
}

function addParameters(command: Command, spec: CommandSpec): void {
  for (const { value, required, variadic } of spec.arguments ?? []) {
    const word = variadic ? `${value}...` : value
    command.argument(required ? `<${word}>` : `[${word}]`)
  }
  for (const option of optionsOf(spec)) {
    if (option.flag === 'help') continue
    const usage = optionUsage(option)
    command.addOption(new Option(option.value === undefined ? usage : usage.replace(/ \S+$/, ' <value>')))
  }
}

async function runCommand(
  spec: CommandSpec,
  command: Command,
  parsed: readonly unknown[],
  facts: Pick<Invocation, 'environment' | 'interruption' | 'noColor'>,
): Promise<ExitName> {
  const texts = parsed
    .slice(0, spec.arguments?.length ?? 0)
    .flat()
    .filter((text) => typeof text === 'string')
  const given = GivenValues.of(spec, optionsOf(spec), texts, givenOptions(command))
  const load = COMMAND_MODULES[spec.name]
  if (!load) throw new TypeError(`the command ${spec.name} has no module`)
  const { run } = await load()
  const atEnd = [facts.interruption.heedSignals()]
  try {
    return await run({ command: spec.name, given, ...facts, atEnd: (work) => atEnd.push(work) })
  } finally {
    for (const work of atEnd) work()
  }
}

/** The given options, by their flag. */
function givenOptions(command: Command): ReadonlyMap<string, string | true> {
  const given = new Map<string, string | true>()
  for (const option of command.options) {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = command.getOptionValue(name)
    given.set(option.long!.slice(2), typeof value === 'string' ? value : true)
  }
  return given
}

function reportFailure(
  error: unknown,
  { stderr }: Environment,
  interruption: Interruption,
  words: readonly string[],
): ExitName {
  if (interruption.exit !== undefined) return interruption.exit
  if (error instanceof CommanderError && SHOWN.has(error.code)) return 'ok'
  const failure = describeFailure(error instanceof CommanderError ? parserError(error) : error)
  const hasSeveralFaults = failure.exit === 'usage' && failure.lines !== undefined
  stderr.write(failureLines(failure, commandWords(words), stderr.isTTY || hasSeveralFaults ? 'laid-out' : 'one-line'))
  return failure.exit
}

/** The parser's message without its prefix, in one line, with a hint to the help. */
function parserError(error: CommanderError): CommandError {
  const [message = '', hint] = error.message.replace(/^error: /, '').split('\n')
  return new CommandError(`${message}${hint ? ` ${hint}` : ''}; see --help`)
}

/** The words of the call that name a command, as the prefix of messages. */
function commandWords(words: readonly string[]): string {
  const bare = words.filter((word) => !word.startsWith('-'))
  const names = [2, 1].map((count) => bare.slice(0, count).join(' '))
  const known = names.find(
    (name) => COMMANDS.some((spec) => spec.name === name) || FAMILIES.some((it) => it.name === name),
  )
  return known ? `${PROGRAM.name} ${known}` : PROGRAM.name
}
