import { describe, expect, test } from 'vitest'
import { COMMAND_MODULES } from './command-modules.ts'
import { COMMANDS, FAMILIES, optionsOf, PROGRAM } from './command-table.ts'
import { EXITS } from './exits.ts'
import { optionUsage } from './guide/option-words.ts'
import { runCommand } from './testing/run-command.ts'

const shown = async (...words: string[]) => {
  const { exit, stdout, stderr } = await runCommand(words, { env: { COLUMNS: '80' } })
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  return stdout
}

describe.each(COMMANDS.map((spec) => [spec.name, spec] as const))('%s', (name, spec) => {
  test('has a module that runs it', async () => {
    expect((await COMMAND_MODULES[name]!()).run).toBeTypeOf('function')
  })

  test('has options of different names', () => {
    const spellings = optionsOf(spec).flatMap(({ flag, short }) => [flag, ...(short ? [short] : [])])
    expect(spellings).toHaveLength(new Set(spellings).size)
  })

  test('has help that fits 80 columns and shows all options and arguments, by --help and by help', async () => {
    const help = await shown(...name.split(' '), '--help')
    for (const line of help.split('\n')) if (!/e6data /.test(line)) expect(line.length).toBeLessThanOrEqual(80)
    for (const option of optionsOf(spec)) expect(help).toContain(optionUsage(option))
    for (const { value } of spec.arguments ?? []) expect(help).toContain(value)
    for (const { command } of spec.examples) expect(help).toContain(command)
    expect(await shown('help', ...name.split(' '))).toBe(help)
  })

  test('has a page in the manual, in each of its forms', async () => {
    const text = await shown('man', ...name.split(' '))
    const roff = await shown('man', '--format', 'roff')
    const markdown = await shown('man', '--format', 'markdown')
    expect(roff).toContain(`.SS e6data ${name.replaceAll('-', '\\-')}\n`)
    expect(markdown).toContain(`### e6data ${name}\n`)
    for (const option of spec.options ?? []) {
      expect(text).toContain(optionUsage(option))
      expect(roff).toContain(`--${option.flag}`.replaceAll('-', '\\-'))
      expect(markdown).toContain(`--${option.flag}`)
    }
  })

  test('has examples with existing commands and options', () => {
    expect(spec.examples.length).toBeGreaterThan(0)
    for (const { command } of spec.examples) expectKnown(command)
  })
})

test('every family has commands', () => {
  for (const { name } of FAMILIES) expect(COMMANDS.some((spec) => spec.name.startsWith(`${name} `))).toBe(true)
})

test('the examples of e6data itself have existing commands and options', () => {
  for (const { command } of PROGRAM.examples) expectKnown(command)
})

test('help shows every command, and the manual every exit status', async () => {
  const help = (await shown('--help')).replace(/\s+/g, ' ')
  for (const { name, about } of COMMANDS) expect(help).toContain(` ${name} ${about} `)
  const manual = await shown('man')
  for (const { code } of Object.values(EXITS)) expect(manual).toMatch(new RegExp(`^ +${code} {2}`, 'm'))
})

test('exit statuses have different numbers', () => {
  const codes = Object.values(EXITS).map(({ code }) => code)
  expect(codes).toHaveLength(new Set(codes).size)
})

/** Every call of the command in a line of a shell. */
function expectKnown(line: string): void {
  for (const [, call] of line.matchAll(/e6data ((?:[^|&;'")]|"[^"]*"|'[^']*')+)/g)) {
    const bare = call!
      .replace(/"[^"]*"|'[^']*'/g, 'TEXT')
      .trim()
      .split(/\s+/)
    const spec = [2, 1]
      .map((count) => COMMANDS.find(({ name }) => name === bare.slice(0, count).join(' ')))
      .find(Boolean)
    expect(spec, line).toBeDefined()
    const options = optionsOf(spec!)
    for (const word of bare.filter((it) => /^--?[a-z]/i.test(it))) {
      const isKnown = options.some(({ flag, short }) => word === `--${flag}` || word === `-${short}`)
      expect(isKnown, `${word} in ${line}`).toBe(true)
    }
  }
}
