import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMANDS, optionsOf } from '../command-table.ts'
import { type TemporaryHome, temporaryHome } from '../testing/temporary-home.ts'
import { bashCompletion } from './bash-completion.ts'
import { completionPlaces } from './completion-facts.ts'
import { fishCompletion } from './fish-completion.ts'
import { zshCompletion } from './zsh-completion.ts'

const places = completionPlaces()
let home: TemporaryHome

beforeAll(() => {
  home = temporaryHome()
  writeFileSync(join(home.folder, 'completion.bash'), bashCompletion(places))
  mkdirSync(join(home.folder, 'a folder'))
  writeFileSync(join(home.folder, 'a folder/a file.sql'), '')
})
afterAll(() => home[Symbol.dispose]())

/** The candidates of bash after these words; the last one is being typed. */
function offered(...words: string[]): string[] {
  const script = `
    e6data() { printf 'prod\\nstaging\\n'; }
    source completion.bash
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _e6data
    [[ \${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' "\${COMPREPLY[@]}"`
  const options = { cwd: home.folder, env: home.env, encoding: 'utf8' } as const
  return execFileSync('bash', ['-c', script, 'bash', 'e6data', ...words], options)
    .split('\n')
    .slice(0, -1)
}

test.each([
  [['q'], ['query']],
  [
    ['local', 'a'],
    ['announce', 'accept'],
  ],
  [['strategy', ''], ['clear']],
  [
    ['local', 'kill', ''],
    ['blue', 'green'],
  ],
  [['completion', 'z'], ['zsh']],
  [['help', 'local', 'u'], ['up']],
  [['query', '--form'], ['--format']],
  [['query', '--format', 'c'], ['csv']],
  [['query', '-F', 'nd'], ['ndjson']],
  [
    ['query', '--format', '=', 't'],
    ['table', 'tsv'],
  ],
  [
    ['query', '--profile', ''],
    ['prod', 'staging'],
  ],
  [['query', '-P', 'st'], ['staging']],
  [['query', '--file', 'a folder/'], ['a folder/a file.sql']],
  [['local', 'up', '--data', 'a'], ['a folder']],
  [['query', '--timeout', ''], []],
  [['--v'], ['--version']],
])('bash offers for %j', (words, expected) => {
  expect(offered(...words)).toEqual(expected)
})

test('no script offers an option that is always refused', () => {
  for (const write of [bashCompletion, zshCompletion, fishCompletion])
    expect(write(places)).not.toMatch(/--?l? ?password[ '"]/)
})

test.each([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
])('%s completes all commands and options', (_, write) => {
  const script = write(places)
  for (const spec of COMMANDS) {
    for (const word of spec.name.split(' ')) expect(script).toContain(word)
    for (const option of optionsOf(spec))
      if (!('refusal' in option)) expect(script).toMatch(new RegExp(`(--|-l )${option.flag}\\b`))
  }
})
